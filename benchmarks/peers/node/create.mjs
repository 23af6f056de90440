// POST /teleconsultation, for people who are known.
import { createHash, createHmac, randomBytes } from "node:crypto";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { BatchGetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { TABLE_NAME, answer, documents, log } from "./visits.mjs";

const privileges = JSON.parse(process.env.PRIVILEGES);
const hex = (bytes) => randomBytes(bytes).toString("hex");
let secret;

async function readSecret() {
  const command = new GetSecretValueCommand({ SecretId: process.env.BANDYER_SECRET_ARN });
  return JSON.parse((await new SecretsManagerClient({}).send(command)).SecretString);
}

const mac = (...parts) => createHmac("sha256", secret.userIdKey).update(parts.join("\0")).digest();

function participant(person, visitId) {
  const role = person.groups.some((group) => privileges.plus.groups.includes(group)) ? "plus" : "basic";
  const nonce = hex(8);
  const digest = mac("join", visitId, person.userExternalId, nonce).subarray(0, 24);
  const joinSecret = digest.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
  const stored = {
    externalId: person.userExternalId,
    bandyerUserId: `usr_${mac("user", role, person.userExternalId).toString("hex").slice(0, 40)}`,
    role,
    groups: person.groups,
    fullName: person.fullName,
    language: person.language,
    joinPass: { nonce, digest: createHash("sha256").update(joinSecret).digest("hex") },
  };
  return { stored, joinSecret };
}

async function createRoom(participants, { duration, description }) {
  const response = await fetch(`${process.env.BANDYER_BASE_URL}${process.env.BANDYER_PATH_PREFIX}/room/create`, {
    method: "POST",
    headers: { apikey: secret.apiKey, "content-type": "application/json" },
    body: JSON.stringify({
      participants: participants.map(({ bandyerUserId, role }) => ({
        user_id: bandyerUserId,
        is_admin: role === "plus",
        tools: privileges[role].tools ?? {},
      })),
      recording: false,
      directCall: true,
      live: false,
      duration,
      description,
    }),
    signal: AbortSignal.timeout(8000),
  });
  if (!response.ok) throw new Error(`provider answered ${response.status}`);
  return (await response.json()).room;
}

export async function handler(event) {
  secret ??= await readSecret();
  const { participants: expected, start_date, end_date } = JSON.parse(event.body);
  const people = expected.data;
  const Keys = people.map(({ userExternalId }) => ({ pk: `USER#${userExternalId}` }));
  const RequestItems = { [TABLE_NAME]: { Keys, ConsistentRead: true } };
  const { Responses } = await documents.send(new BatchGetCommand({ RequestItems }));
  if (Responses[TABLE_NAME].length !== people.length) return answer(501, {});

  const id = hex(12);
  const admitted = people.map((person) => participant(person, id));
  const participants = admitted.map(({ stored }) => stored);
  const claim = `${id}.${hex(4)}`;
  const attemptId = `${claim}.${mac("attempt", claim).toString("hex").slice(0, 16)}`;
  const [start, end, now] = [new Date(start_date), new Date(end_date), new Date().toISOString()];
  const item = {
    pk: `TELECONSULTATION#${id}`,
    id,
    version: 1,
    startDate: start.toISOString(),
    endDate: end.toISOString(),
    endGivenAs: "end_date",
    participantsNumber: expected.number,
    participants,
    createdAt: now,
    updatedAt: now,
    writeId: hex(8),
    expiresAt: Math.floor(end / 1000) + Number(process.env.RETENTION_DAYS) * 86400,
  };
  await documents.send(
    new PutCommand({
      TableName: TABLE_NAME,
      Item: { ...item, provisioning: { attemptId, startedAt: now } },
      ConditionExpression: "attribute_not_exists(pk)",
    }),
  );
  const durationSeconds = Math.floor((end - start) / 1000);
  const room = await createRoom(participants, { duration: durationSeconds, description: attemptId });
  const links = Object.fromEntries(room.user_urls.map(({ user, url }) => [user, url]));
  await documents.send(
    new PutCommand({
      TableName: TABLE_NAME,
      Item: { ...item, version: 2, room: { roomId: room.room_id, durationSeconds, links } },
      ConditionExpression: "version = :expected",
      ExpressionAttributeValues: { ":expected": 1 },
    }),
  );
  log("created", id);
  const page = `${event.stageVariables.pageBaseUrl}/teleconsultation/${id}`;
  return answer(201, {
    roomId: id,
    teleconsultationUrl: page,
    reference: null,
    metadata: {},
    participants: admitted.map(({ stored, joinSecret }) => ({
      userExternalId: stored.externalId,
      joinUrl: `${page}#j=${joinSecret}`,
    })),
  });
}
