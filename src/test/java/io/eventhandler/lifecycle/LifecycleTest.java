package io.eventhandler.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LifecycleTest {

    private final List<String> calls = new ArrayList<>();
    private final Lifecycle lifecycle = new Lifecycle();

    private Part part(String name, Supplier<@Nullable Throwable> onStart, Supplier<@Nullable Throwable> onStop) {
        return new Part() {
            @Override
            public void start() {
                call("start", onStart.get());
            }

            @Override
            public void stop() {
                call("stop", onStop.get());
            }

            private void call(String what, @Nullable Throwable failure) {
                calls.add(what + " " + name);
                if (failure instanceof Error error) {
                    throw error;
                }
                if (failure instanceof RuntimeException exception) {
                    throw exception;
                }
            }
        };
    }

    @Test
    void aPartThatFailsToStartIsStoppedWithTheOthersAndNoFailureIsLost() {
        lifecycle.start(part("pool", () -> null, () -> new IllegalStateException("the pool does not stop")));
        lifecycle.start(part("log", () -> null, () -> null));
        var failure = new IllegalStateException("the port is in use");
        assertThatThrownBy(() -> lifecycle.start(part("server", () -> failure, () -> new AssertionError("half open"))))
                .isSameAs(failure);
        Thread.currentThread().interrupt();
        lifecycle.stopAfter(failure);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(calls)
                .containsExactly("start pool", "start log", "start server", "stop server", "stop log", "stop pool");
        assertThat(failure.getSuppressed())
                .extracting(Throwable::getMessage)
                .containsExactly("half open", "the pool does not stop");
        lifecycle.stop();
        assertThat(calls).hasSize(6);
    }
}
