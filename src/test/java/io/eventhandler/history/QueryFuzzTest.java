package io.eventhandler.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.json.MediaType;
import io.eventhandler.testing.Fuzzing;
import io.eventhandler.web.Accept;
import io.eventhandler.web.ApiException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever is asked for is found or refused. */
class QueryFuzzTest {

    @Test
    void queries() {
        List<String> samples = List.of(
                "event_name=a.*&event_name=b&source=s%20t&after=1&before=9&order=asc&limit=10",
                "payload=%7B%22a%22%3A%5B1%2C%22x%22%5D%7D&since=2024-01-01T00:00:00Z&until=2024-01-01T00:00:00.5+01:00");
        Fuzzing.run(samples, (input, mutations) -> {
            try {
                HistoryParameters.read(
                        new String(input, UTF_8), mutations.random().nextBoolean());
            } catch (ApiException e) {
                assertThat(e.status()).isIn(400, 422);
                Fuzzing.assertSayable(e.getMessage());
            }
        });
    }

    @Test
    void mediaTypes() {
        List<String> samples = List.of(
                "application/json; charset=\"utf-8\"",
                "text/html;q=0.5, application/x-ndjson;q=0.9, */*;q=0.1",
                "application/cloudevents-batch+json; profile=\"a;b,c\\\"d\"");
        Fuzzing.run(samples, (input, mutations) -> {
            String header = new String(input, UTF_8);
            MediaType.of(header);
            assertThat(Accept.choose(header, "application/json", "application/x-ndjson"))
                    .isIn("application/json", "application/x-ndjson");
        });
    }
}
