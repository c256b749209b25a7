package io.eventhandler.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.LogCapture;
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
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
                .header("Content-Type", "application/json")
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

    private static String traceId(String variable, String value) {
        return "4bf92f3577b34da6" + HexFormat.of().toHexDigits(31L * variable.hashCode() + value.hashCode());
    }

    private static void publishTraced(String traceId, String... variables) {
        try (TestReplica replica = TestReplica.start(database, variables)) {
            assertThat(publish(replica, traceId, "01", event("traced.variables"))
                            .status())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "OTEL_EXPORTER_OTLP_PROTOCOL, grpc",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, http/json",
        "OTEL_TRACES_EXPORTER, console",
        "OTEL_TRACES_EXPORTER, zipkin",
        "OTEL_TRACES_SAMPLER, sometimes",
        "OTEL_BSP_MAX_QUEUE_SIZE, many",
        "OTEL_BSP_MAX_QUEUE_SIZE, -1",
        "OTEL_BSP_SCHEDULE_DELAY, soon",
        "OTEL_EXPORTER_OTLP_TIMEOUT, 10 potatoes",
        "OTEL_EXPORTER_OTLP_HEADERS, nonsense",
        "OTEL_EXPORTER_OTLP_COMPRESSION, brotli",
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION, brotli",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, nonsense",
        "OTEL_RESOURCE_ATTRIBUTES, nonsense",
        "OTEL_SDK_DISABLED, perhaps"
    })
    void whatAVariableSaysThatIsNotSupportedIsLeftOutAndLogged(String variable, String value) {
        String traceId = traceId(variable, value);
        try (LogCapture log = LogCapture.of(TracingVariables.class)) {
            publishTraced(traceId, "OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint(), variable, value);
            assertThat(log.lines("")).singleElement().asString().startsWith("WARN " + variable);
        }
        assertThat(collector.spans(traceId)).hasSize(2);
    }

    @Test
    void whatDoesNotConcernTracesIsNotLookedAt() {
        String traceId = "4bf92f3577b34da6a3ce929d0e0e470b";
        try (LogCapture log = LogCapture.of(TracingVariables.class)) {
            publishTraced(
                    traceId,
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    collector.endpoint(),
                    "OTEL_METRICS_EXPORTER",
                    "prometheus",
                    "OTEL_LOGS_EXPORTER",
                    "otlp",
                    "OTEL_PROPAGATORS",
                    "b3",
                    "OTEL_CONFIG_FILE",
                    "/nowhere.yaml",
                    "OTEL_UNHEARD_OF",
                    "x",
                    "OTEL_TRACES_EXPORTER",
                    "");
            assertThat(log.lines("")).isEmpty();
        }
        assertThat(collector.spans(traceId)).hasSize(2);
    }

    @Test
    void severalFaultsAreLeftOutToo() {
        String traceId = "4bf92f3577b34da6a3ce929d0e0e4708";
        publishTraced(
                traceId,
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                collector.endpoint(),
                "OTEL_TRACES_SAMPLER",
                "sometimes",
                "OTEL_BSP_MAX_QUEUE_SIZE",
                "many",
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "grpc");
        assertThat(collector.spans(traceId)).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "OTEL_EXPORTER_OTLP_HEADERS, hush-1 hush-2",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS, 'a=hush-1,hush-2'",
        "OTEL_EXPORTER_OTLP_HEADERS, 'authorization=Basic hush-1%,x=hush-2'"
    })
    void whatHeadersHoldIsNotLogged(String variable, String value) {
        for (String certificate : new String[] {"", "/nowhere.pem"}) {
            try (LogCapture log = LogCapture.of(TracingVariables.class)) {
                publishTraced(
                        traceId(variable, value),
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        collector.endpoint(),
                        variable,
                        value,
                        "OTEL_EXPORTER_OTLP_CERTIFICATE",
                        certificate);
                assertThat(log.lines("")).isNotEmpty().noneMatch(line -> line.contains("hush"));
            }
        }
    }

    @Test
    void theEndpointOfTracesAloneIsEnough() {
        String traceId = "4bf92f3577b34da6a3ce929d0e0e4709";
        publishTraced(traceId, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.endpoint() + "/v1/traces");
        assertThat(collector.spans(traceId)).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "OTEL_SDK_DISABLED, true",
        "OTEL_SDK_DISABLED, TRUE",
        "OTEL_TRACES_EXPORTER, none",
        "OTEL_TRACES_SAMPLER, always_off",
        "OTEL_EXPORTER_OTLP_CERTIFICATE, /nowhere.pem",
        "OTEL_EXPORTER_OTLP_ENDPOINT, nonsense"
    })
    void thereAreNoTracesWhereNoneAreWanted(String variable, String value) {
        String traceId = traceId(variable, value);
        publishTraced(traceId, "OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint(), variable, value);
        assertThat(collector.spans(traceId)).isEmpty();
    }

    @Test
    void theStateOfATraceIsInItsSpans() {
        String traceId = "4bf92f3577b34da6a3ce929d0e0e470a";
        try (TestSubscriber subscriber = second.subscribe("traced.state")) {
            TestReplica.send(HttpRequest.newBuilder(first.uri("/publish"))
                    .header("Content-Type", "application/json")
                    .header("traceparent", "00-%s-%s-01".formatted(traceId, PARENT))
                    .header("tracestate", "vendor=\"quoted\"")
                    .POST(BodyPublishers.ofString(event("traced.state"))));
            subscriber.nextJson();
            assertThat(awaitSpans(traceId, 3))
                    .allSatisfy(span -> assertThat(span.span().getTraceState()).isEqualTo("vendor=\"quoted\""));
        }
    }

    @ParameterizedTest
    @CsvSource({"traceparent, x", "tracestate, x", "tracestate, \\\\"})
    void aLongMemberOfTheMetadataIsNoTraceAndHoldsNothingUp(String member, String part) {
        String metadata = "\"%s\":\"%s\"".formatted(member, part.repeat(16_000 / part.length()));
        try (TestSubscriber subscriber = second.subscribe("traced.long")) {
            Answer answer =
                    first.post("{\"event_name\":\"traced.long\",\"payload\":1,\"metadata\":{%s}}".formatted(metadata));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(subscriber.nextJson().get("payload").intValue()).isEqualTo(1);
        }
    }
}
