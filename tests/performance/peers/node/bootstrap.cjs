// What Lambda's runtime for Node does, as far as a request needs it: fetch an event, call the handler, send the answer.
// AWS's own client (aws-lambda-ric) has to be compiled; this one does less, so it can only be the faster of the two.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
const http = require("node:http");

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, agent, method, path: `/2018-06-01/runtime/${path}` }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(parts).toString() }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function main() {
  const { handler } = require(process.argv[2]);
  for (;;) {
    const { headers, body } = await call("GET", "invocation/next");
    const invocation = `invocation/${headers["lambda-runtime-aws-request-id"]}`;
    try {
      const answer = await handler(JSON.parse(body));
      await call("POST", `${invocation}/response`, JSON.stringify(answer));
    } catch (error) {
      console.error(error);
      await call("POST", `${invocation}/error`, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
    }
  }
}

main();
