import { runService } from "@sotto/service";

import { start } from "./index.ts";

// It decides nothing, so it reads no fences and no consents, and needs no key to open any.
await runService(process.env, start, { tables: false });
