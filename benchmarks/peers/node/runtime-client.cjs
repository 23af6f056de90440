// AWS's runtime client for Node, aws-lambda-ric, speaks HTTP through an addon in C++ that npm would have to compile.
// Loaded before it (node --require), this puts the same three calls, over node:http, in the addon's place.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
const http = require("node:http");
const Module = require("node:module");

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, action, body) {
  return new Promise((resolve, reject) => {
    const path = `/2018-06-01/runtime/invocation/${action}`;
    const request = http.request({ host, port, agent, method, path }, (response) => {
      let bodyJson = "";
      response.setEncoding("utf-8").on("data", (part) => {
        bodyJson += part;
      });
      response.on("end", () => resolve({ bodyJson, headers: response.headers }));
    });
    request.on("error", reject).end(body);
  });
}

// The addon waits until an answer is delivered; here the next event is not asked for before.
let delivered;
const client = {
  async next() {
    await delivered;
    return call("GET", "next");
  },
  done(id, body) {
    delivered = call("POST", `${id}/response`, body);
  },
  error(id, body) {
    delivered = call("POST", `${id}/error`, body);
  },
};

const load = Module._load;
Module._load = (request, ...rest) => (request === "./rapid-client.node" ? client : load(request, ...rest));
