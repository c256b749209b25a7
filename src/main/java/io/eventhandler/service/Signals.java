package io.eventhandler.service;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The signals that ask a process to end. The JDK's module {@code jdk.unsupported} has the only way to handle them, which
 * the compiler does not let one name.
 */
final class Signals {

    /** The status of a process that SIGTERM ended, as shells have it. */
    static final int TERMINATED = 128 + 15;

    private Signals() {}

    /**
     * Calls {@code first} at the first SIGTERM or SIGINT, and {@code again} at every further one, instead of ending the
     * process.
     */
    static void onTermination(Runnable first, Runnable again) {
        var told = new AtomicBoolean();
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object handler = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                        (told.compareAndSet(false, true) ? first : again).run();
                        return null;
                    });
            for (String name : new String[] {"TERM", "INT"}) {
                signal.getMethod("handle", signal, handlerType)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("signals can't be handled", e);
        }
    }
}
