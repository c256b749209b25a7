package io.eventhandler.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.Fuzzing;
import io.eventhandler.web.ApiException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever key is asked for, it is one or refused. */
class KeyRequestFuzzTest {

    @Test
    void bodies() {
        List<String> samples = List.of(
                "{\"name\":\"a\",\"grants\":[{\"actions\":[\"publish\"],\"event_names\":[\"a.*\"]}],\"source\":\"s\",\"expires_at\":\"2999-01-31T12:00:00Z\"}",
                "{\"name\":\"b\",\"grants\":[],\"source\":null,\"expires_at\":null}");
        Fuzzing.run(samples, (input, mutations) -> {
            try {
                assertThat(KeyRequest.read(input, Instant.EPOCH).name()).isNotEmpty();
            } catch (ApiException e) {
                assertThat(e.status()).isIn(400, 422);
                Fuzzing.assertSayable(e.getMessage());
            }
        });
    }
}
