import type { Command } from "./command.ts";

export const consent: Command = {
  name: "consent",
  summary: "a withdrawal by hand, and who agreed to what",
  usage: "record … | list … (--conversation C | --subject KIND:VALUE --tenant T)",
  about: [
    "`record` writes down what somebody told you by letter or at the counter, as the door does for a platform: a no stops",
    "everything it is about within two seconds, wherever it is, and what has not landed yet ends as discarded. A yes is",
    "for a person and needs the digest of what proves it; a conversation's own comes with the conversation.",
    "`list` tells what is on record: standing records and fences, and what the decisions about a conversation stood on.",
    "KIND is phone, email, account, social or device. VALUE is never kept or shown; `KIND:-` reads it from standard input,",
    "so that it is in no shell history either.",
  ],
  options: {
    conversation: { type: "string", value: "C", help: "one conversation, by its id" },
    subject: { type: "string", value: "KIND:VALUE", help: "a person, in all conversations" },
    tenant: { type: "string", value: "T", help: "whose customer the person is" },
    status: { type: "string", value: "S", help: "record: withdrawn, refused, objected or given" },
    purposes: { type: "string", value: "P,P", help: "record: of policy/purposes; `all` for a no to each" },
    method: { type: "string", value: "M", help: "record: how it was said: signed, web_form, spoken, …" },
    at: { type: "string", value: "TIME", help: "record: when it was said (RFC 3339); default: now" },
    notice: { type: "string", value: "ID/VERSION", help: "record: the notice that it answers" },
    evidence: { type: "string", value: "DIGEST", help: "record: of the document that proves it" },
    expires: { type: "string", value: "TIME", help: "record: until when a yes holds" },
  },
  positionals: { min: 1, max: 1 },
  examples: [
    [
      "./sotto consent record --subject phone:- --tenant acme --status withdrawn --purposes all --method signed",
      "a letter",
    ],
    [
      "./sotto consent record --conversation c_0abc --status objected --purposes qa_review --method spoken",
      "of one conversation",
    ],
    ["./sotto consent list --conversation c_0abc", "who said yes or no"],
  ],
  run: async (given, io) => {
    const { runConsent } = await import("./consent/run-consent.ts");
    return runConsent(consent.usage, given, io);
  },
};
