import { spawn } from "node:child_process";
import { once } from "node:events";
const { startKafka } = await import("/work/main/deploy/infra/src/index.ts");
const where = process.argv[2];
for (let round=0; round<3; round++) {
  await using kafka = await startKafka({ brokers: 1 });
  const { createBroker } = await import(`${where}/src/index.ts`);
  const log: any = { trace(){},debug(){},info(){},warn(){},error(){},fatal(){},child(){return log} };
  const brokers = kafka.bootstrap ?? kafka.brokers ?? kafka.env?.KAFKA_BROKERS ?? String((kafka as any).kafkaBrokers);
  const b = createBroker({ kafkaBrokers: String(brokers).split(","), clientId: "p", topics: [], logger: log });
  await b.admin.createTopics([{name:"t.a",partitions:12},{name:"t.b",partitions:12}]);
  await b.stop();
  await Promise.all([1,2,3,4].map(async n => { const c = spawn(process.execPath, ["--conditions=@gantry/source", "child.ts", where, String(brokers), "g"+n], {stdio:["ignore","inherit","inherit"], cwd: "/tmp/g_mut2"}); const [code, sig] = await once(c,"exit"); console.log("round", round, "child", n, code, sig); }));
}
process.exit(0);
