import { openDirectoryKeyStore } from "@sotto/stores";

import { testKeyStore } from "./key-store.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

testKeyStore("directory", () => openDirectoryKeyStore(temporaryDirectory()));
