import type { Operation } from "./api.ts";
import type { ContractNode } from "./node.ts";

/** Reports each status that the generated server itself can answer with and that the operation does not declare. */
export function checkDeclaredStatuses(node: ContractNode, operation: Operation): void {
  const at = node.member("responses") ?? node;
  for (const [status, why] of answersOfTheServer(operation)) {
    const declared = operation.responses.find((response) => response.status === status);
    if (declared === undefined) {
      at.refuse(`${operation.id} can answer ${status}: ${why}.`, `Declare ${status}.`);
    } else if (declared.body?.mediaType !== "application/problem+json") {
      at.refuse(`${status} of ${operation.id} is no problem document.`, "Give it content application/problem+json.");
    }
  }
}

function answersOfTheServer({ policy, parameters, body }: Operation): readonly (readonly [number, string])[] {
  const hasInput = parameters.length > 0 || body !== undefined;
  return [
    ...(hasInput ? ([[400, "it checks its input"]] as const) : []),
    ...(policy.auth === "PUBLIC"
      ? []
      : ([
          [401, "it needs an identity"],
          [403, "not everyone may call it"],
        ] as const)),
    ...(body === undefined
      ? []
      : ([
          [413, "its body is limited"],
          [415, "its body is JSON"],
        ] as const)),
    ...(policy.rate === undefined ? [] : ([[429, "its rate is limited"]] as const)),
    [500, "anything may go wrong"],
    [504, "it has a deadline"],
  ];
}
