import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

import type { Gatekeeper } from "./gatekeeper.ts";
import type { Answer, Intake } from "./intake.ts";
import { describeProblem, problemOf, problemPath, problemType, type Refusal } from "./problem.ts";
import { bodyLimit, mediaTypes, modeOf, readRequest } from "./read-request.ts";
import type { Refusals } from "./refusals.ts";
import type { Sender } from "./sources.ts";

export interface ServerLimits {
  /** Until all headers are there. */
  readonly headersMs: number;
  /** Until the whole request is there; who sends more slowly than that gives up a connection, not the door. */
  readonly requestMs: number;
  /** Bodies being read or worked on at one time. */
  readonly inFlightBytes: number;
  readonly connections: number;
}

export interface ServerParts {
  readonly gatekeeper: Gatekeeper;
  readonly intake: Intake;
  readonly refusals: Refusals;
  readonly limits: ServerLimits;
  /** A fault that a sender is told nothing about. */
  readonly failed: (error: unknown) => void;
}

export const eventsPath = "/v1/events";

/** The door over HTTP: `POST /v1/events` and what the problems mean. Everything else is a problem document. */
export const buildServer = (parts: ServerParts): FastifyInstance => {
  const app = fastify({
    logger: false,
    bodyLimit: bodyLimit("batch"),
    requestTimeout: parts.limits.requestMs,
    // A request that came before the end is served to its end: the log closes after the door.
    return503OnClosing: false,
    http: {
      headersTimeout: parts.limits.headersMs,
      requestTimeout: parts.limits.requestMs,
      connectionsCheckingInterval: Math.min(1000, parts.limits.headersMs / 2),
      maxHeaderSize: 16_384,
    },
    clientErrorHandler: (error, socket) => {
      const reason = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "TIMED_OUT" : "MALFORMED";
      parts.refusals.add(null, { reason }, { bytes: 0 });
      if (socket.writable) socket.end(rawResponse({ reason }));
      else socket.destroy(error);
    },
    frameworkErrors: (_error, request, reply) => refuse(request, reply, { reason: "MALFORMED" }),
  });
  app.server.maxConnections = parts.limits.connections;
  app.removeAllContentTypeParsers();
  for (const mode of ["structured", "batch", "binary"] as const)
    app.addContentTypeParser(
      mediaTypes[mode],
      { parseAs: "buffer", bodyLimit: bodyLimit(mode) },
      (_request, body, done) => done(null, body),
    );
  const senders = new WeakMap<FastifyRequest, Sender>();
  const refuseAndCount = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply => {
    parts.refusals.add(senders.get(request) ?? null, refusal, { bytes: 0 });
    return refuse(request, reply, refusal);
  };
  app.addHook("onRequest", guard(parts, senders, refuseAndCount));
  // Or a sender that keeps its connection would keep the door from closing.
  let isClosing = false;
  app.addHook("preClose", (done) => {
    isClosing = true;
    done();
  });
  app.addHook("onSend", async (_request, reply) => {
    if (isClosing) void reply.header("connection", "close");
  });
  app.setErrorHandler((error, request, reply) => {
    const reason = reasonOf(error);
    if (reason === "FAILED") parts.failed(error);
    return refuseAndCount(request, reply, { reason });
  });
  app.setNotFoundHandler((request, reply) => refuse(request, reply, { reason: "NOT_FOUND" }));
  app.get(`${problemPath}:reason`, (request, reply) => {
    const help = describeProblem((request.params as { reason: string }).reason);
    if (help === undefined) return refuse(request, reply, { reason: "NOT_FOUND" });
    return reply.type("text/plain; charset=utf-8").send(`${help}\n`);
  });
  app.post(eventsPath, async (request, reply) => {
    const mode = modeOf(request.headers["content-type"]);
    const sender = senders.get(request);
    if (mode === null || !Buffer.isBuffer(request.body))
      return refuseAndCount(request, reply, { reason: "UNSUPPORTED_MEDIA_TYPE" });
    if (sender === undefined) return refuseAndCount(request, reply, { reason: "UNAUTHENTICATED" });
    const events = readRequest(mode, request.headers, request.body);
    if ("reason" in events) return refuseAndCount(request, reply, events);
    const answers = await parts.intake.accept(events, sender, { bytes: request.body.byteLength });
    return mode === "batch" ? answerAll(reply, answers) : answerOne(reply, answers[0]);
  });
  return app;
};

/** What is asked before a byte of the body is read: path, method, credential, encoding, room. */
const guard = (
  { gatekeeper, limits }: ServerParts,
  senders: WeakMap<FastifyRequest, Sender>,
  refuseAndCount: (request: FastifyRequest, reply: FastifyReply, refusal: Refusal) => FastifyReply,
) => {
  let inFlight = 0;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const [path = ""] = request.url.split("?");
    if (path.startsWith(problemPath) && request.method === "GET") return undefined;
    if (path !== eventsPath) return refuse(request, reply, { reason: "NOT_FOUND" });
    if (request.method !== "POST")
      return refuse(request, reply.header("allow", "POST"), { reason: "METHOD_NOT_ALLOWED" });
    const sender = await gatekeeper.admit(request.headers.authorization);
    if (sender === null) return refuseAndCount(request, reply, { reason: "UNAUTHENTICATED" });
    senders.set(request, sender);
    const encoding = request.headers["content-encoding"];
    if (encoding !== undefined && encoding.toLowerCase() !== "identity")
      return refuseAndCount(request, reply, { reason: "COMPRESSED" });
    const mode = modeOf(request.headers["content-type"]);
    if (mode === null) return refuseAndCount(request, reply, { reason: "UNSUPPORTED_MEDIA_TYPE" });
    const length = Number(request.headers["content-length"] ?? bodyLimit(mode));
    if (length > bodyLimit(mode)) return refuseAndCount(request, reply, { reason: "TOO_LARGE" });
    const room = Math.max(length, 4096);
    if (inFlight + room > limits.inFlightBytes)
      return refuseAndCount(request, reply, { reason: "OVERLOADED" });
    inFlight += room;
    reply.raw.once("close", () => {
      inFlight -= room;
    });
    return undefined;
  };
};

const answerOne = (reply: FastifyReply, answer: Answer | undefined): FastifyReply => {
  if (answer === undefined) throw new Error("Cannot answer: an event without an answer");
  if ("problem" in answer) return send(reply, answer.problem);
  return reply.code(202).send({ conversation: answer.conversation, id: answer.id });
};

/** 202 when all are taken, 503 when none could be kept now, else 207: the answers say which. */
const answerAll = (reply: FastifyReply, answers: readonly Answer[]): FastifyReply => {
  const areAll = (status: number): boolean => answers.every((answer) => answer.status === status);
  if (areAll(202)) return reply.code(202).send(answers);
  if (answers.some((answer) => answer.status === 503)) void reply.header("retry-after", retryAfter);
  return reply.code(areAll(503) ? 503 : 207).send(answers);
};

const refuse = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply => {
  // A body that nobody reads would be read as the next request.
  if (!request.raw.complete) void reply.header("connection", "close");
  return send(reply, problemOf(refusal));
};

const retryAfter = "1";
const send = (reply: FastifyReply, problem: ReturnType<typeof problemOf>): FastifyReply => {
  if (problem.status === 503) void reply.header("retry-after", retryAfter);
  if (problem.status === 401) void reply.header("www-authenticate", 'Bearer realm="sotto"');
  // As bytes: a string would get a charset parameter, which JSON does not have (RFC 8259 §11).
  return reply
    .code(problem.status)
    .header("content-type", problemType)
    .send(Buffer.from(JSON.stringify(problem)));
};

const rawResponse = (refusal: Refusal): string => {
  const problem = problemOf(refusal);
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    body,
  ].join("\r\n");
};

const reasonOf = (error: unknown): Refusal["reason"] => {
  const { code, name } = error as { code?: unknown; name?: unknown };
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return "TOO_LARGE";
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return "UNSUPPORTED_MEDIA_TYPE";
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
    case "FST_ERR_BAD_URL":
    case "ECONNRESET":
      return "MALFORMED";
    default:
      return name === "UnavailableError" ? "UNAVAILABLE" : "FAILED";
  }
};
