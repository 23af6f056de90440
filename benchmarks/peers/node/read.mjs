// GET /teleconsultation/{id}
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { TABLE_NAME, answer, documents, log } from "./visits.mjs";

const seconds = (name) => Number(process.env[name]) * 1000;

export async function handler(event) {
  const id = event.pathParameters.id;
  const Key = { pk: `TELECONSULTATION#${id}` };
  const { Item: item } = await documents.send(new GetCommand({ TableName: TABLE_NAME, Key, ConsistentRead: true }));
  if (!item) return answer(404, {});
  const caller = event.requestContext.authorizer.jwt.claims.sub;
  const me = item.participants.find((person) => person.externalId === caller);
  if (!me) return answer(403, {});
  const now = new Date();
  const opensAt = new Date(Date.parse(item.startDate) - seconds("EARLY_JOIN_SECONDS"));
  const closesAt = new Date(Date.parse(item.endDate) + seconds("LATE_JOIN_SECONDS"));
  const state = now >= closesAt ? "ENDED" : now < opensAt ? "SCHEDULED" : "OPEN";
  const language = event.queryStringParameters?.language ?? me.language ?? null;
  log("read", id);
  return answer(200, {
    roomId: item.id,
    state,
    serverTime: now.toISOString(),
    startDate: item.startDate,
    endDate: item.endDate,
    opensAt: opensAt.toISOString(),
    closesAt: closesAt.toISOString(),
    retryAfterSeconds: state === "ENDED" ? null : 60,
    bandyerUserId: me.bandyerUserId,
    accessLinkURL: state === "OPEN" ? personal(item.room.links[me.bandyerUserId], me, language) : null,
    participantsBandyerCall: item.participants.map(({ bandyerUserId, fullName, role }) => {
      return { bandyerUserId, fullName, role, waitingSince: null };
    }),
    language,
    recording: item.room?.callSettings?.recording ?? null,
    notice: item.notice ?? null,
  });
}

function personal(link, me, language) {
  const query = [`display_name=${encodeURIComponent(me.fullName)}`];
  if (language) query.push(`language=${language}`);
  return `${link}${link.includes("?") ? "&" : "?"}${query.join("&")}`;
}
