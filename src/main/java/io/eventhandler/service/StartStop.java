package io.eventhandler.service;

import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The life of something that is started once and stopped once, each by whichever thread: decides who does what, and who waits.
 * See {@link ServiceState}. Thread-safe.
 */
final class StartStop {

    private final String name;
    private ServiceState state = ServiceState.NEW;
    private @Nullable Thread working; // starts or stops it now

    /** What starts it. */
    @FunctionalInterface
    interface Start {

        void run() throws Exception;
    }

    /**
     * @param name for messages
     */
    StartStop(String name) {
        this.name = name;
    }

    /**
     * Starts it, unless it was started or told to stop before.
     *
     * @param undo stops what has started, when the start has failed
     * @throws IllegalStateException when it was started before, or told to stop before or meanwhile; then it has ended
     */
    void start(Start start, Consumer<Throwable> undo) throws Exception {
        synchronized (this) {
            if (state != ServiceState.NEW) {
                throw new IllegalStateException("%s is %s: a service is started once, make another one"
                        .formatted(name, state.name().toLowerCase(Locale.ROOT)));
            }
            begin(ServiceState.STARTING);
        }
        try {
            start.run();
        } catch (Throwable e) {
            boolean isByItself = endStart(ServiceState.STOPPING);
            try {
                undo.accept(e);
            } finally {
                end(isByItself ? ServiceState.FAILED : ServiceState.STOPPED);
            }
            throw e;
        }
        if (!endStart(ServiceState.RUNNING)) {
            awaitEnd();
            throw new IllegalStateException("%s was told to stop before it had started".formatted(name));
        }
    }

    /** Returns whether nobody has told it to stop; whoever has interrupted this thread. */
    private synchronized boolean endStart(ServiceState after) {
        boolean isOurs = state == ServiceState.STARTING;
        if (isOurs) {
            state = after;
        } else {
            Thread.interrupted();
        }
        if (after == ServiceState.RUNNING) {
            working = null;
        }
        notifyAll();
        return isOurs;
    }

    /**
     * Stops it and waits for the end, wherever it is in its life.
     *
     * @param stop what stops it when it has started; throws nothing
     * @throws IllegalStateException when it is called by what starts it
     */
    void stop(Runnable stop) {
        synchronized (this) {
            boolean isOwn = working == Thread.currentThread();
            if (state == ServiceState.STARTING && isOwn) {
                throw new IllegalStateException("%s can't be stopped by its own start: throw instead".formatted(name));
            }
            if (isOwn) {
                return;
            }
            switch (state) {
                case NEW -> end(ServiceState.STOPPED);
                case STARTING -> {
                    interrupt(working);
                    state = ServiceState.STOPPING;
                    await(() -> working == null);
                }
                case STOPPING -> await(this::hasEnded);
                case RUNNING, STOPPED, FAILED -> {}
            }
            if (hasEnded()) {
                return;
            }
            begin(ServiceState.STOPPING);
        }
        try {
            stop.run();
        } finally {
            end(ServiceState.STOPPED);
        }
    }

    private static void interrupt(@Nullable Thread thread) {
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void begin(ServiceState next) {
        state = next;
        working = Thread.currentThread();
    }

    private synchronized void end(ServiceState last) {
        state = last;
        working = null;
        notifyAll();
    }

    synchronized ServiceState state() {
        return state;
    }

    private boolean hasEnded() {
        return state == ServiceState.STOPPED || state == ServiceState.FAILED;
    }

    /** Waits until it has ended, which an interrupt does not change. */
    synchronized void awaitEnd() {
        await(this::hasEnded);
    }

    private void await(BooleanSupplier condition) {
        boolean interrupted = false;
        while (!condition.getAsBoolean()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
