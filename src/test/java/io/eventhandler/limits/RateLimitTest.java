package io.eventhandler.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.eventhandler.web.ApiException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class RateLimitTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private RateLimit limit(int perSecond) {
        return new RateLimit(new Limited(registry, "test"), "MAX_TEST", "things", perSecond);
    }

    private static ApiException refusal(RateLimit limit, String client, int count) {
        return catchThrowableOfType(ApiException.class, () -> limit.take(client, count));
    }

    @Test
    void aClientHasOneSecondsWorthAtOnceAndThenWaits() {
        RateLimit limit = limit(1);
        limit.take("a", 1);
        ApiException refusal = refusal(limit, "a", 1);
        assertThat(refusal.status()).isEqualTo(429);
        assertThat(refusal.getMessage()).isEqualTo("too many things: MAX_TEST is 1 a second, try again in 1 s");
        assertThat(registry.get("eventhandler.limited").counter().count()).isEqualTo(1);
    }

    @Test
    void othersAreNotConcerned() {
        RateLimit limit = limit(1);
        limit.take("a", 1);
        assertThatCode(() -> limit.take("b", 1)).doesNotThrowAnyException();
    }

    @Test
    void whatIsMoreThanASecondsWorthIsPaidForAfterwards() {
        RateLimit limit = limit(2);
        limit.take("a", 20);
        assertThat(refusal(limit, "a", 1).getMessage()).endsWith("try again in 10 s");
        assertThat(refusal(limit, "a", 20).getMessage()).endsWith("try again in 10 s");
    }

    @Test
    void whatIsCountedIsOwedNoLongerThanASecond() {
        RateLimit limit = limit(2);
        limit.check("a");
        for (int i = 0; i < 6; i++) {
            limit.count("a");
        }
        ApiException refusal = catchThrowableOfType(ApiException.class, () -> limit.check("a"));
        assertThat(refusal.getMessage()).endsWith("try again in 1 s");
        limit.check("b");
    }

    @Test
    void whatComesBackIsTakenAgain() {
        RateLimit limit = limit(1_000_000);
        int taken = 0;
        while (taken < 3_000) {
            if (refusal(limit, "a", 1_000) == null) {
                taken++;
            }
        }
        assertThat(taken).isEqualTo(3_000);
    }

    @Test
    void noLimitIsNone() {
        RateLimit limit = limit(0);
        for (int i = 0; i < 10; i++) {
            limit.take("a", Integer.MAX_VALUE);
            limit.count("a");
            limit.check("a");
        }
        assertThat(limit.isOn()).isFalse();
    }
}
