import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { auditLogOf, verifyLog } from "@sotto/audit";
import { openReader } from "@sotto/cli";
import { topics } from "@sotto/contracts";
import { addSource } from "@sotto/ingest";
import { initPlatform, loadPolicy, openPlatform, settingsUnder, type Platform } from "@sotto/service";

import { searchFor } from "../../packages/cli/src/demo/search.ts";
import { openDocuments, readAll, source, until } from "./deployment.ts";
import { manyChats, type ManyChats, type Step } from "./many-chats.ts";
import { environmentOf, startGroups, writePolicy, type Group, type ProcessGroup } from "./process-group.ts";
import { chance, pick } from "./seeded.ts";
