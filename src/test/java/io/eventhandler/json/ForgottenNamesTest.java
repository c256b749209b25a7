package io.eventhandler.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonToken;

/** A parser that remembers the names of members, to be faster with the next text, must not remember what clients make long. */
class ForgottenNamesTest {

    private static final int MEBIBYTE = 1 << 20;

    private static void read(String name) {
        byte[] text = "{\"%s\":1}".formatted(name).getBytes(StandardCharsets.UTF_8);
        try (var in = new JsonInput(text, 10, MEBIBYTE)) {
            assertThat(in.next()).isEqualTo(JsonToken.START_OBJECT);
            assertThat(in.nextMember()).isEqualTo(name);
        }
    }

    private static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    @Test
    void longNamesAreNotKept() {
        long before = used();
        for (int n = 0; n < 300; n++) {
            read("n%03d".formatted(n).repeat(MEBIBYTE / 4));
        }
        await().untilAsserted(() -> assertThat(used() - before).isLessThan(100L * MEBIBYTE));
    }
}
