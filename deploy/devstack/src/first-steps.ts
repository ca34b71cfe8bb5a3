/** Lines for a shell: register, log in, ask for something. They work as often as they are tried: ann is then there already. */
export function firstSteps(gateway: string): readonly string[] {
  const post = (procedure: string, body: object) =>
    `curl -s -H 'content-type: application/json' -d '${JSON.stringify(body)}' ${gateway}/gantry.iam.v1.${procedure}`;
  const [login, password] = ["ann", "a ship of my own"];
  const token = String.raw`sed 's/.*"sessionToken":"\([^"]*\)".*/\1/'`;
  return [
    `${post("UserService/Register", { login, email: "ann@example.org", password })}; echo`,
    `TOKEN=$(${post("AuthService/Login", { login, password })} | ${token})`,
    `curl -s -H "authorization: Bearer $TOKEN" ${gateway}/api/v1/orders`,
  ];
}
