package io.eventhandler.publish;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.event.EventName;
import io.eventhandler.event.NewEvent;
import io.eventhandler.json.Utf8;
import io.eventhandler.testing.Fuzzing;
import io.eventhandler.tracing.Tracing;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.ContentCoding;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Whatever a publisher sends is an event that can be kept, or refused. */
class PublishFuzzTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final PublishLimits LIMITS = new PublishLimits(64 << 10, 128 << 10, 16 << 10, 100);

    private static final List<String> SAMPLES = List.of(
            "{\"event_name\":\"order.created\",\"payload\":{\"a\":[1,2.5,-3e10,null,true,\"x\\u00e4\\n\"]}}",
            "{\"event_name\":\"a\",\"payload\":1,\"source\":\"s\",\"metadata\":{\"k\":\"v\",\"l\":\"w\"},\"idempotency_key\":\"i\"}",
            "[{\"event_name\":\"a\",\"payload\":1},{\"event_name\":\"b\",\"payload\":\"2\",\"idempotency_key\":\"k\"}]",
            "{\"specversion\":\"1.0\",\"type\":\"a.b\",\"source\":\"/s?x#y\",\"id\":\"1\",\"data\":{\"a\":1},\"time\":\"2018-04-05T17:31:00Z\",\"datacontenttype\":\"application/json; charset=utf-8\",\"subject\":\"s\",\"dataschema\":\"urn:x\",\"ext\":5,\"flag\":true}",
            "[{\"specversion\":\"1.0\",\"type\":\"a\",\"source\":\"s\",\"id\":\"1\",\"data_base64\":\"AA==\"}]");

    private static void check(PublishRequest request) {
        for (NewEvent event : request.events()) {
            assertThat(EventName.fault(event.name())).isNull();
            assertThat(Utf8.faultOf(event.name() + event.source())).isNull();
            assertThat(event.source().getBytes(StandardCharsets.UTF_8).length).isBetween(1, 255);
            JSON.readTree(event.payload());
            if (event.storedMetadata() != null) {
                assertThat(JSON.readTree(event.storedMetadata()).isObject()).isTrue();
            }
        }
    }

    @Test
    void bodies() {
        PublishFormat[] formats = PublishFormat.values();
        Fuzzing.run(SAMPLES, (input, mutations) -> {
            PublishFormat format = formats[mutations.random().nextInt(formats.length)];
            try {
                check(PublishRequest.parse(input, format, HttpFields.EMPTY, LIMITS));
            } catch (ApiException e) {
                assertThat(e.status()).isIn(400, 413, 422);
                Fuzzing.assertSayable(e.getMessage());
            }
        });
    }

    @Test
    void headers() {
        List<String> samples = List.of(
                "ce-specversion: 1.0\nce-type: a.b\nce-source: /s\nce-id: 1\ncontent-type: application/json",
                "ce-specversion: 1.0\nce-type: a\nce-source: \"s%20x\"\nce-id: %E2%82%AC\nce-time: 2018-04-05T17:31:00Z\nce-ext: \"a\\\"b\"",
                "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\ntracestate: a=b,c@d=e\nidempotency-key: \"k\"\ncontent-encoding: gzip");
        Fuzzing.run(samples, (input, mutations) -> {
            HttpFields.Mutable headers = HttpFields.build();
            for (String line : new String(input, ISO_8859_1).split("\n", -1)) {
                int colon = line.indexOf(": ");
                if (colon > 0) {
                    headers.add(line.substring(0, colon), line.substring(colon + 2));
                }
            }
            try {
                var request = PublishRequest.parse(
                        "{\"a\":1}".getBytes(StandardCharsets.US_ASCII),
                        PublishFormat.CLOUD_EVENT_BINARY,
                        headers,
                        LIMITS);
                PublishRequest keyed = IdempotencyKeys.apply(headers, request);
                check(keyed.withEvents(RequestTrace.of(headers, Tracing.off()).apply(keyed.events())));
            } catch (ApiException e) {
                assertThat(e.status()).isIn(400, 422);
                Fuzzing.assertSayable(e.getMessage());
            }
            ContentCoding.of(headers);
        });
    }
}
