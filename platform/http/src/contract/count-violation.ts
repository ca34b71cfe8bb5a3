import { metrics } from "@opentelemetry/api";

/** Counts answers that break their contract. Zero, unless a handler is wrong. */
export function countAnswerViolation(operation: string, status: number): void {
  metrics
    .getMeter("gantry")
    .createCounter("gantry.http.answer_violations", { description: "Answers that break their contract" })
    .add(1, { "gantry.operation": operation, "http.response.status_code": status });
}
