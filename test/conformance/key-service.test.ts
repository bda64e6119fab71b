import { join } from "node:path";

import { openKeyFile } from "@sotto/stores";

import { testKeyService } from "./key-service.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

testKeyService("key file", () => openKeyFile({ path: join(temporaryDirectory(), "kek.json"), create: true }));
