import { runService } from "@sotto/service";

import { start } from "./start.ts";

await runService(process.env, start);
