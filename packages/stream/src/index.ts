export type {
  Ack,
  Headers,
  JoinOptions,
  Lease,
  LogClient,
  LogRecord,
  Membership,
  OutRecord,
  TopicSpec,
} from "./log-client.ts";
export { QuarantineError, type Outcome, type StateEntry, type Unit, type WorkerSpec } from "./worker.ts";
