import type { Deployment } from "./deployment.ts";

/** Posts a body as it is, and answers all that the sender is told: status, headers, text. */
export const post = async (
  d: Deployment,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  path = "",
) => {
  const { url, credential } = d.door;
  const type = "application/cloudevents-batch+json";
  const answer = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": type, authorization: `Bearer ${credential}`, ...headers },
    body: typeof body === "string" ? body : Uint8Array.from(body),
  });
  return { status: answer.status, text: `${[...answer.headers].join("\n")}\n${await answer.text()}` };
};
