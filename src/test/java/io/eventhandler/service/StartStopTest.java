package io.eventhandler.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Who starts and stops what, and in which state it is then. */
class StartStopTest {

    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final StartStop life = new StartStop("billing");

    private void start(StartStop.Start start) throws Exception {
        life.start(start, failure -> calls.add("undo " + failure.getMessage()));
    }

    private void stop() {
        life.stop(() -> calls.add("stop"));
    }

    private static Future<Void> inThread(StartStop.Start work) {
        var task = new FutureTask<Void>(() -> {
            work.run();
            return null;
        });
        Thread.ofVirtual().start(task);
        return task;
    }

    private void awaitWaiting(Thread thread) {
        await().until(() -> thread.getState() == Thread.State.WAITING);
    }

    @Test
    void itIsStartedAndStopped() throws Exception {
        assertThat(life.state()).isEqualTo(ServiceState.NEW);
        start(() -> calls.add(life.state().name()));
        assertThat(life.state()).isEqualTo(ServiceState.RUNNING);
        stop();
        life.awaitEnd();
        assertThat(life.state()).isEqualTo(ServiceState.STOPPED);
        assertThat(calls).containsExactly("STARTING", "stop");
    }

    @Test
    void itIsStartedOnce() throws Exception {
        start(() -> {});
        assertThatThrownBy(() -> start(() -> calls.add("again")))
                .hasMessage("billing is running: a service is started once, make another one");
        stop();
        assertThatThrownBy(() -> start(() -> calls.add("again"))).hasMessageStartingWith("billing is stopped: ");
        assertThat(calls).containsExactly("stop");
    }

    @Test
    void itIsStoppedOnce() throws Exception {
        start(() -> {});
        stop();
        stop();
        assertThat(calls).containsExactly("stop");
    }

    @Test
    void whatIsStoppedBeforeItsStartNeverStarts() {
        stop();
        assertThat(life.state()).isEqualTo(ServiceState.STOPPED);
        assertThatThrownBy(() -> start(() -> calls.add("start"))).hasMessageStartingWith("billing is stopped: ");
        assertThat(calls).isEmpty();
    }

    @Test
    void aStartThatFailsIsUndone() {
        var failure = new IllegalArgumentException("no port");
        assertThatThrownBy(() -> start(() -> {
                    throw failure;
                }))
                .isSameAs(failure);
        assertThat(life.state()).isEqualTo(ServiceState.FAILED);
        stop();
        life.awaitEnd();
        assertThat(life.state()).isEqualTo(ServiceState.FAILED);
        assertThat(calls).containsExactly("undo no port");
    }

    @Test
    void aStopInterruptsTheStartAndWaitsForIt() throws Exception {
        var never = new CountDownLatch(1);
        Future<Void> starting = inThread(() -> start(never::await));
        await().until(() -> life.state() == ServiceState.STARTING);
        stop();
        assertThat(life.state()).isEqualTo(ServiceState.STOPPED);
        assertThat(calls).containsExactly("undo null");
        assertThatThrownBy(starting::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InterruptedException.class);
    }

    /** What starts may not notice that it is interrupted. */
    @Test
    void aStartThatGoesOnWhenItIsToldToStopIsStoppedAfterwards() throws Exception {
        var finish = new CompletableFuture<Void>();
        Thread[] starter = new Thread[1];
        Future<Void> starting = inThread(() -> start(() -> {
            starter[0] = Thread.currentThread();
            finish.join();
        }));
        await().until(() -> life.state() == ServiceState.STARTING);
        Future<Void> first = inThread(this::stop);
        Future<Void> second = inThread(this::stop);
        await().until(() -> life.state() == ServiceState.STOPPING);
        assertThat(first).isNotDone();
        finish.complete(null);
        first.get();
        second.get();
        assertThatThrownBy(starting::get).hasMessageContaining("billing was told to stop before it had started");
        assertThat(starter[0].isInterrupted()).isFalse();
        assertThat(life.state()).isEqualTo(ServiceState.STOPPED);
        assertThat(calls).containsExactly("stop");
    }

    @Test
    void whoeverStopsItWhileItStopsWaitsForItsEnd() throws Exception {
        start(() -> {});
        var finish = new CompletableFuture<Void>();
        Future<Void> first = inThread(() -> life.stop(() -> {
            life.stop(() -> calls.add("within")); // by what stops it: nothing to do
            finish.join();
            calls.add("stopped");
        }));
        await().until(() -> life.state() == ServiceState.STOPPING);
        var second = Thread.ofVirtual().start(() -> {
            stop();
            calls.add("second");
        });
        awaitWaiting(second);
        second.interrupt();
        finish.complete(null);
        first.get();
        second.join();
        assertThat(calls).containsExactly("stopped", "second");
    }

    @Test
    void itsOwnStartCannotStopIt() {
        assertThatThrownBy(() -> start(this::stop))
                .hasMessage("billing can't be stopped by its own start: throw instead");
        assertThat(life.state()).isEqualTo(ServiceState.FAILED);
    }
}
