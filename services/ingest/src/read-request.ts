import { doorLimits } from "@sotto/contracts";

import type { Refusal } from "./problem.ts";

export const mediaTypes = {
  structured: "application/cloudevents+json",
  batch: "application/cloudevents-batch+json",
  binary: "application/json",
} as const;

export type Mode = keyof typeof mediaTypes;

/** The mode that a content type asks for; null when it is none of ours or not in UTF-8. */
export const modeOf = (contentType: string | undefined): Mode | null => {
  const [essence = "", ...parameters] = (contentType ?? "").toLowerCase().split(";");
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith("charset="));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) return null;
  switch (essence.trim()) {
    case mediaTypes.structured:
      return "structured";
    case mediaTypes.batch:
      return "batch";
    case mediaTypes.binary:
      return "binary";
    default:
      return null;
  }
};

/** How large a body may be. */
export const bodyLimit = (mode: Mode): number =>
  mode === "batch" ? doorLimits.batchBytes : doorLimits.eventBytes;

/**
 * The events of a request as plain JSON values, unchecked (CloudEvents HTTP binding 1.0.2 §3). In binary mode attributes
 * are `ce-` headers, percent-encoded (§3.1.3.2), and the body is the data.
 */
export const readRequest = (
  mode: Mode,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Uint8Array,
): readonly unknown[] | Refusal => {
  const json = parse(body);
  if (json === undefined) return { reason: "MALFORMED" };
  if (mode === "structured") return [json];
  if (mode === "batch") {
    if (!Array.isArray(json)) return { reason: "MALFORMED" };
    return json.length > doorLimits.batchEvents ? { reason: "TOO_MANY" } : json;
  }
  const attributes = attributesIn(headers);
  return attributes === null ? { reason: "MALFORMED" } : [{ ...attributes, data: json }];
};

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** undefined when it is no JSON in UTF-8. The error is not kept: it quotes the text. V8 parses without recursion. */
const parse = (body: Uint8Array): unknown => {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    return undefined;
  }
};

const attributesIn = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> | null => {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith("ce-")) continue;
    const text = typeof value === "string" ? decodeHeader(value) : null;
    if (text === null || name === "ce-data") return null;
    Object.defineProperty(attributes, name.slice(3), { value: text, enumerable: true });
  }
  return attributes["specversion"] === undefined ? null : attributes;
};

const decodeHeader = (value: string): string | null => {
  try {
    return decodeURIComponent(value.replaceAll(/%(?![0-9a-fA-F]{2})/g, "%25"));
  } catch {
    return null;
  }
};
