import { runService } from "@sotto/service";

import { start } from "./index.ts";

await runService(process.env, start);
