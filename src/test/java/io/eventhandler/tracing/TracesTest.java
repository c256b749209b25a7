package io.eventhandler.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.OtlpCollector;
import io.eventhandler.testing.OtlpCollector.Recorded;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import io.eventhandler.testing.TestSubscriber;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a collector gets of events whose publishers are traced. */
class TracesTest {

    private static final String PARENT = "00f067aa0ba902b7";

    private static OtlpCollector collector;
    private static TestDatabase database;
    private static TestReplica first;
    private static TestReplica second;

    @BeforeAll
    static void start() {
        collector = OtlpCollector.start();
        database = TestDatabase.create();
        first = replica("100");
        second = replica("100");
    }

    @AfterAll
    static void stop() {
        first.close();
        second.close();
        collector.close();
    }

    private static TestReplica replica(String scheduleDelay) {
        return TestReplica.start(
                database,
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                collector.endpoint(),
                "OTEL_BSP_SCHEDULE_DELAY",
                scheduleDelay,
                "OTEL_RESOURCE_ATTRIBUTES",
                "deployment.environment.name=test");
    }

    private static Answer publish(TestReplica replica, String traceId, String flags, String body) {
        return TestReplica.send(HttpRequest.newBuilder(replica.uri("/publish"))
                .header("traceparent", "00-%s-%s-%s".formatted(traceId, PARENT, flags))
                .POST(BodyPublishers.ofString(body)));
    }

    private static String event(String name) {
        return "{\"event_name\":\"%s\",\"payload\":1}".formatted(name);
    }

    private static List<Recorded> awaitSpans(String traceId, int count) {
        await().until(() -> collector.spans(traceId).size() >= count);
        return collector.spans(traceId);
    }

    private static Recorded named(String name, List<Recorded> spans) {
        return spans.stream()
                .filter(span -> span.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void anEventIsTracedFromItsPublisherToTheSubscribersOfEachReplica() {
        String traceId = "4bf92f3577b34da6a3ce929d0e0e4701";
        try (TestSubscriber near = first.subscribe("traced.once", "traced.*");
                TestSubscriber far = second.subscribe("traced.once")) {
            String id = String.valueOf(
                    publish(first, traceId, "01", event("traced.once")).eventId());
            near.nextJson();
            far.nextJson();

            List<Recorded> spans = awaitSpans(traceId, 4);
            Recorded publish = named("publish", spans);
            assertThat(publish.parentId()).isEqualTo(PARENT);
            assertThat(publish.span().getKind()).isEqualTo(SpanKind.SPAN_KIND_SERVER);
            assertThat(publish.attributes())
                    .containsEntry("service.name", "event-handler")
                    .containsEntry("deployment.environment.name", "test")
                    .containsKey("service.instance.id")
                    .containsEntry("messaging.system", "eventhandler")
                    .containsEntry("messaging.operation.name", "publish")
                    .containsEntry("messaging.destination.name", "traced.once")
                    .containsEntry("messaging.message.id", id)
                    .containsEntry("http.response.status_code", "200");
            Recorded append = named("append", spans);
            assertThat(append.parentId()).isEqualTo(publish.spanId());
            assertThat(append.span().getStartTimeUnixNano())
                    .isGreaterThanOrEqualTo(publish.span().getStartTimeUnixNano());
            List<Recorded> deliveries =
                    spans.stream().filter(span -> span.name().equals("deliver")).toList();
            assertThat(deliveries).hasSize(2).allSatisfy(deliver -> {
                assertThat(deliver.parentId()).isEqualTo(PARENT);
                assertThat(deliver.attributes())
                        .containsEntry("messaging.destination.name", "traced.once")
                        .containsEntry("messaging.message.id", id);
            });
            assertThat(deliveries)
                    .extracting(deliver -> deliver.attributes().get("eventhandler.subscriptions"))
                    .containsExactlyInAnyOrder("2", "1");
        }
    }

    @Test
    void whatIsRefusedIsAnError() {
        String traceId = "4bf92f3577b34da6a3ce929d0e0e4702";
        assertThat(publish(first, traceId, "01", "{}").status()).isEqualTo(422);
        Recorded publish = named("publish", awaitSpans(traceId, 1));
        assertThat(publish.span().getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_ERROR);
        assertThat(publish.span().getStatus().getMessage()).contains("event_name");
        assertThat(publish.attributes()).containsEntry("error.type", "422");
    }

    @Test
    void aBatchIsOneRequest() {
        String traceId = "4bf92f3577b34da6a3ce929d0e0e4703";
        try (TestSubscriber subscriber = second.subscribe("traced.batch")) {
            publish(first, traceId, "01", "[%s,%s]".formatted(event("traced.batch"), event("traced.batch")));
            subscriber.nextJson();
            subscriber.nextJson();
            List<Recorded> spans = awaitSpans(traceId, 4);
            assertThat(spans)
                    .extracting(Recorded::name)
                    .containsExactlyInAnyOrder("publish", "append", "deliver", "deliver");
            assertThat(named("publish", spans).attributes()).containsEntry("messaging.batch.message_count", "2");
        }
    }

    @Test
    void whatItsPublisherDoesNotRecordIsNotRecordedHere() {
        String unrecorded = "4bf92f3577b34da6a3ce929d0e0e4704";
        String recorded = "4bf92f3577b34da6a3ce929d0e0e4705";
        try (TestSubscriber subscriber = first.subscribe("traced.not")) {
            publish(first, unrecorded, "00", event("traced.not"));
            first.publish("traced.not", "1");
            publish(first, recorded, "01", event("traced.not"));
            subscriber.nextJson();
            subscriber.nextJson();
            subscriber.nextJson();
            awaitSpans(recorded, 3);
            assertThat(collector.spans(unrecorded)).isEmpty();
        }
    }

    @Test
    void whatIsLeftIsSentWhenTheServiceStops() {
        String traceId = "4bf92f3577b34da6a3ce929d0e0e4706";
        try (TestReplica replica = replica("3600000")) {
            publish(replica, traceId, "01", event("traced.last"));
            assertThat(collector.spans(traceId)).isEmpty();
        }
        assertThat(collector.spans(traceId)).hasSize(2);
    }

    @Test
    void aCollectorThatIsAwayIsNobodysConcern() {
        String nobody = "http://127.0.0.1:1";
        try (TestReplica replica = TestReplica.start(database, "OTEL_EXPORTER_OTLP_ENDPOINT", nobody);
                TestSubscriber subscriber = replica.subscribe("traced.away")) {
            publish(replica, "4bf92f3577b34da6a3ce929d0e0e4707", "01", event("traced.away"));
            assertThat(subscriber.nextJson().get("event_name").stringValue()).isEqualTo("traced.away");
        }
    }

    @Test
    void aVariableThatOpenTelemetryRefusesIsNamed() {
        assertThatThrownBy(() -> TestReplica.start(
                        database,
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        collector.endpoint(),
                        "OTEL_TRACES_SAMPLER",
                        "sometimes"))
                .hasMessageContaining("otel.traces.sampler");
    }
}
