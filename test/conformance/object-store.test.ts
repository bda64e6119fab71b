import { openDirectoryObjectStore } from "@sotto/stores";

import { testObjectStore } from "./object-store.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

testObjectStore("directory", () => openDirectoryObjectStore(temporaryDirectory()));
