import { embeddedLab } from "./embedded-lab.ts";
import { testWorker } from "./worker.ts";

testWorker("embedded log", embeddedLab);
