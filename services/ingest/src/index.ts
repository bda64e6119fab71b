/**
 * The door: takes events from contact-center platforms, and is the only writer of topic `conversations`.
 *
 * An event goes through server.ts (credential, size, time), read-request.ts (CloudEvents over HTTP), check.ts (is it one,
 * and may this sender send it), prepare.ts (vendor ids become ours, facts part from content, security codes are cut) and
 * deliver.ts (sealed, appended, acked). Only then it is answered 202. What is refused is told to the sender by field and
 * reason, counted, and kept nowhere.
 *
 * Formats: docs/formats/events.md.
 */
export { start, type Ingest } from "./start.ts";
export { fenceOf, standingOf } from "./prepare.ts";
export { sealRegister } from "./seal-event.ts";
export { addSource, listSources, rotateSource, SourceError, type Sender, type Source } from "./sources.ts";
export { subjectToken } from "./subject-token.ts";
