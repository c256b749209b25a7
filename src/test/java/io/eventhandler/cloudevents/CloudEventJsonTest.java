package io.eventhandler.cloudevents;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.jackson.JsonFormat;
import io.eventhandler.event.Event;
import io.eventhandler.json.JsonWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever is in the log, what leaves as a CloudEvent is valid: the official SDK reads it. */
class CloudEventJsonTest {

    private static final Instant NOW = Instant.parse("2023-08-01T12:00:00.5Z");

    private static CloudEvent read(String source, @Nullable String metadata) {
        var event = new Event(
                42, "a.b", "{\"x\":1}".getBytes(StandardCharsets.UTF_8), NOW, source, Event.PROCESSED, metadata);
        byte[] bytes = CloudEventJson.encode(event);
        var written = new JsonWriter();
        CloudEventJson.write(event, written);
        assertThat(written.toBytes()).isEqualTo(bytes);
        return new JsonFormat().deserialize(bytes);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', textBlock = """
            api,                 api
            /a?b=c#d,            /a?b=c#d
            https://[::1]:80/%C3, https://[::1]:80/%C3
            two words,           two%20words
            http://host/ü v,     http://host/%C3%BC%20v
            100% sure,           100%25%20sure
            a{b}|c\\d^"<>",     a%7Bb%7D%7Cc%5Cd%5E%22%3C%3E%22
            1:2,                 1%3A2
            http://,             http%3A%2F%2F
            #a#b,                %23a%23b
            """)
    void aSourceIsAUriReference(String source, String encoded) {
        assertThat(read(source, null).getSource()).isEqualTo(URI.create(encoded));
    }

    @Test
    void metadataThatIsNoValidAttributeIsLeftOut() {
        CloudEvent event = read("api", """
                {"ce-id":"","ce-time":"noon","ce-subject":"","ce-dataschema":"no scheme","ce-datacontenttype":"text/plain",
                "ce-other":"1","id":"7","source":"s","type":"t","time":"x","data":"1","specversion":"2","subject":"s","Upper":"1",
                "with-hyphen":"1","":"1","control":"a\\u0001","nonchar":"\\uffff","sequence":"9","ok1":"ä\\"\\\\"}""");
        assertThat(event.getId()).isEqualTo("42");
        assertThat(event.getTime()).isEqualTo("2023-08-01T12:00:00.5Z");
        assertThat(event.getDataContentType()).isEqualTo("application/json");
        assertThat(event.getSubject()).isNull();
        assertThat(event.getDataSchema()).isNull();
        assertThat(event.getType()).isEqualTo("a.b");
        assertThat(event.getExtensionNames()).containsExactlyInAnyOrder("sequence", "ok1");
        assertThat(event.getExtension("sequence")).isEqualTo("0000000000000000042");
        assertThat(event.getExtension("ok1")).isEqualTo("ä\"\\");
    }

    @Test
    void metadataOfAnySizeIsRead() {
        String name = "n".repeat(100_000);
        assertThat(read("api", "{\"%s\":\"1\"}".formatted(name)).getExtension(name))
                .isEqualTo("1");
    }
}
