export type { ObjectHead, ObjectStore } from "./object-store.ts";
