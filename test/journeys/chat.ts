import { source } from "./deployment.ts";

/** What happens in a chat, in order of sending. Times are seconds after its start, ten minutes ago. */
export interface ChatOptions {
  readonly subject: string;
  readonly texts?: readonly string[];
  readonly line?: string;
}

/** Builds the events of a chat one by one, so that a test sends what it is about, in the order it is about. */
export const aChat = ({
  subject,
  texts = ["Hello, I need help", "Of course"],
  line = "support",
}: ChatOptions) => {
  const start = Date.now() - 600_000;
  let n = 0;
  const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
  const event = (type: string, seconds: number, data: object) => {
    n += 1;
    const time = at(seconds);
    const common = { specversion: "1.0", source, subject, tenant: "acme", line, channel: "chat", time };
    return {
      ...common,
      id: `${subject}-${n}`,
      type: `sotto.${type}.v1`,
      datacontenttype: "application/json",
      data,
    };
  };
  const consent = (status: string, seconds: number, o: { id?: string; purposes?: readonly string[] } = {}) =>
    event("consent.recorded", seconds, {
      id: o.id ?? `consent-${status}-${seconds}`,
      party: "customer",
      purposes: o.purposes ?? ["transcription", "qa_review", "analytics"],
      status,
      method: "chat_button",
      at: at(seconds),
      notice: { id: "chat-privacy", version: "3" },
      evidence: { kind: "event", digest: "prompt-1" },
      scope: "conversation",
    });
  const turn = (i: number, text: string, o: { party?: string; seconds?: number } = {}) =>
    event("turn.added", o.seconds ?? 20 + i * 5, {
      id: `turn-${i}`,
      party: o.party ?? (i % 2 === 0 ? "customer" : "agent"),
      startAt: at(o.seconds ?? 20 + i * 5),
      timeFrom: "sent",
      content: [{ kind: "text", role: "body", text }],
      origin: "typed",
      language: "en",
    });
  const party = (id: string, role: string) => ({ id, role, language: "en", jurisdiction: "GB" });
  return {
    at,
    event,
    consent,
    turn,
    opening: () => [
      event("conversation.started", 0, {
        channel: "chat",
        direction: "inbound",
        startedAt: at(0),
        parties: [party("customer", "customer"), party("agent", "agent")],
      }),
      event("notice.delivered", 2, {
        party: "customer",
        at: at(2),
        notice: { id: "chat-privacy", version: "3", language: "en" },
        means: "text",
        completed: true,
      }),
      event("consent.recorded", 3, {
        id: "agent-ack",
        party: "agent",
        purposes: ["transcription", "qa_review", "analytics"],
        status: "given",
        method: "policy_ack",
        at: at(3),
        notice: { id: "staff-policy", version: "2" },
        evidence: { kind: "document", digest: "works-agreement" },
        scope: "conversation",
      }),
    ],
    turns: () => texts.map((text, i) => turn(i, text)),
    ending: () => event("conversation.ended", 300, { at: at(300), reason: "completed" }),
  };
};
