package io.eventhandler.web;

import java.util.Collection;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks on the thread that reads the sockets. A task that answers many requests there costs no hand-over per
 * request: what Jetty would dispatch to a pool after each answer (to look for the connection's next request) runs at
 * once, and nothing has to wake the selector. Such a task must not block. Thread-safe.
 */
public final class SelectorExecutor implements Executor {

    private volatile @Nullable ManagedSelector selector;
    private volatile @Nullable Thread running; // the selector's thread while it runs a task of ours

    /** Runs the task soon; on the calling thread while there is no server. */
    @Override
    public void execute(Runnable task) {
        ManagedSelector selectorNow = selector;
        if (selectorNow == null) {
            task.run();
        } else {
            selectorNow.submit(ignored -> runHere(task));
        }
    }

    private void runHere(Runnable task) {
        running = Thread.currentThread();
        try {
            task.run();
        } finally {
            running = null;
        }
    }

    /** What a connector executes, either at once, in the midst of a task of ours, or in its pool. */
    Executor orElse(Executor pool) {
        return task -> {
            if (Thread.currentThread() == running) {
                task.run();
            } else {
                pool.execute(task);
            }
        };
    }

    /** From now on, tasks run on this connector's thread. */
    void attach(ServerConnector connector) {
        Collection<ManagedSelector> selectors = connector.getSelectorManager().getBeans(ManagedSelector.class);
        selector = selectors.iterator().next();
    }

    /** From now on, tasks run on the calling thread. */
    void detach() {
        selector = null;
    }
}
