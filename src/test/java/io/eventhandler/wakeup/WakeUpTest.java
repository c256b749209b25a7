package io.eventhandler.wakeup;

import static org.awaitility.Awaitility.await;

import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.testing.LogCapture;
import io.eventhandler.testing.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WakeUpTest {

    @Test
    void bothOfItsThreadsGoOnAfterAnUnexpectedFailure() {
        var failing = new AtomicBoolean(true);
        var heard = new AtomicLong();
        var wakeUp = new WakeUp(
                TestDatabase.create().url(),
                "wakeup-test",
                new WakeUp.Options("wakeup_test", Duration.ofMillis(100), Duration.ofMillis(10)),
                () -> {
                    if (failing.get()) {
                        throw new AssertionError("the head can't be read by "
                                + Thread.currentThread().getName());
                    }
                    return 7;
                },
                new WakeUp.HeadListener() {
                    @Override
                    public void headIs(long head) {
                        heard.set(head);
                    }

                    @Override
                    public void notified(String payload, int backendPid) {
                        throw new UnsupportedOperationException();
                    }
                },
                new SimpleMeterRegistry());
        try (var log = LogCapture.of(BackgroundThread.class)) {
            wakeUp.start();
            await().until(() -> !log.lines("read by wakeup-listen").isEmpty());
            await().until(() -> !log.lines("read by wakeup-poll").isEmpty());
            failing.set(false);
            await().until(() -> heard.get() == 7 && wakeUp.mode() == WakeUp.Mode.LISTENING);
        } finally {
            wakeUp.stop();
        }
    }
}
