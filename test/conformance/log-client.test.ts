import { embeddedLab } from "./embedded-lab.ts";
import { testLogClient } from "./log-client.ts";

testLogClient("embedded log", embeddedLab);
