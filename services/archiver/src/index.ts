/**
 * The archiver: the last door before storage. It takes each closed, redacted section, believes nothing that it cannot
 * prove (the frame opens in its place, every turn's admission authenticates, every grant is a grant of the gate), asks
 * the fences once more, and lands what is left as one sealed document. It keeps no state: whatever it has to say after
 * a crash it reads from the document that is there.
 *
 * To follow a section read handle.ts, then open-section, prove-admissions, ask-fences, land-section, outcomes.
 */
export { start } from "./start.ts";
