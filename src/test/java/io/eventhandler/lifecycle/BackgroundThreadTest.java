package io.eventhandler.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.eventhandler.testing.LogCapture;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackgroundThreadTest {

    private static final String NAME = "background-thread-test";

    private final AtomicInteger rounds = new AtomicInteger();
    private final AtomicReference<Thread> itself = new AtomicReference<>();
    private BackgroundThread thread = new BackgroundThread(Thread.ofVirtual(), () -> false);

    private void start(Thread.Builder kind, BackgroundThread.Round round) {
        thread = new BackgroundThread(kind.name(NAME), () -> {
            itself.set(Thread.currentThread());
            rounds.incrementAndGet();
            return round.run();
        });
        thread.start();
    }

    @AfterEach
    void stop() {
        thread.stop();
    }

    private static int recurse(int depth) {
        return depth < 0 ? 0 : recurse(depth + 1) + 1;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void goesOnWhateverARoundThrowsAndSaysEachKindOnce(boolean virtual) throws Exception {
        try (var log = LogCapture.of(BackgroundThread.class)) {
            start(virtual ? Thread.ofVirtual() : Thread.ofPlatform(), () -> switch (rounds.get()) {
                case 1, 2, 3 -> throw new IllegalStateException("round " + rounds.get());
                case 4 -> throw new AssertionError("an error");
                case 5 -> recurse(0) > 0;
                case 6 -> throw new InterruptedException("by nobody");
                case 7 -> throw new IllegalArgumentException("while it failed", new SQLException("gone"));
                default -> rounds.get() < 10;
            });
            await().until(() -> !thread.isWell());
            assertThat(rounds).hasValue(10);
            assertThat(log.lines(NAME))
                    .containsExactly(
                            "ERROR " + NAME + " failed, and goes on reason=round 1",
                            "ERROR " + NAME + " failed, and goes on reason=an error",
                            "ERROR " + NAME + " failed, and goes on reason=null",
                            "ERROR " + NAME + " failed, and goes on reason=by nobody",
                            "WARN " + NAME + " failed, and goes on reason=while it failed");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptThatIsNoStopDoesNotEndItNorMakeItSpin(boolean virtual) {
        var parked = new AtomicInteger();
        start(virtual ? Thread.ofVirtual() : Thread.ofPlatform(), () -> {
            parked.incrementAndGet();
            LockSupport.park();
            return true;
        });
        for (int n = 1; n <= 3; n++) {
            int before = n;
            await().until(() -> parked.get() == before && itself.get().getState() == Thread.State.WAITING);
            itself.get().interrupt();
        }
        await().until(() -> itself.get().getState() == Thread.State.WAITING);
        assertThat(parked).hasValue(4);
        assertThat(thread.isWell()).isTrue();
        thread.stop();
        assertThat(thread.isWell()).isFalse();
    }

    @Test
    void stopsInTheMidstOfARoundAndOfAPause() {
        try (var log = LogCapture.of(BackgroundThread.class)) {
            start(Thread.ofVirtual(), () -> {
                Thread.sleep(Duration.ofHours(1));
                return true;
            });
            await().until(() -> rounds.get() == 1);
            thread.stop();
            assertThat(itself.get().isAlive()).isFalse();
            assertThat(log.lines(NAME)).isEmpty();

            start(Thread.ofVirtual(), () -> {
                throw new IllegalStateException("always");
            });
            await().until(() -> rounds.get() > 3);
            thread.stop();
            assertThat(itself.get().isAlive()).isFalse();
            assertThat(log.lines(NAME)).hasSize(1);
        }
    }

    @Test
    void aThreadThatNeverStartedIsStoppedAtOnce() throws InterruptedException {
        thread.stop();
        assertThat(thread.join(Duration.ofHours(1))).isTrue();
        assertThat(thread.isWell()).isFalse();
    }

    @Test
    void aTaskThatFailsIsSaid() {
        try (var log = LogCapture.of(BackgroundThread.class)) {
            var done = new CountDownLatch(1);
            BackgroundThread.once(NAME, () -> {
                done.countDown();
                throw new AssertionError("no");
            });
            await().until(() -> !log.lines(NAME).isEmpty());
            assertThat(log.lines(NAME)).containsExactly("ERROR " + NAME + " was given up reason=no");
            assertThat(done.getCount()).isZero();
        }
    }
}
