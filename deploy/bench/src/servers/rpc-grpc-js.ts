import { promisify } from "node:util";
import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { announce } from "./listening.ts";
import { answer } from "./part.ts";

const { input, output } = InventoryService.method.getPart;

const encode =
  <Desc extends DescMessage>(schema: Desc) =>
  (message: MessageShape<Desc>): Buffer =>
    Buffer.from(toBinary(schema, message));

const decode =
  <Desc extends DescMessage>(schema: Desc) =>
  (bytes: Buffer): MessageShape<Desc> =>
    fromBinary(schema, bytes);

const server = new Server();
server.addService(
  {
    getPart: {
      path: `/${InventoryService.typeName}/GetPart`,
      requestStream: false,
      responseStream: false,
      requestSerialize: encode(input),
      requestDeserialize: decode(input),
      responseSerialize: encode(output),
      responseDeserialize: decode(output),
    },
  },
  {
    getPart: (_call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<typeof answer>) =>
      callback(null, answer),
  },
);
announce(await promisify(server.bindAsync.bind(server))("127.0.0.1:0", ServerCredentials.createInsecure()));
