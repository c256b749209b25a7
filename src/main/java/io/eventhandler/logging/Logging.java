package io.eventhandler.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Configures logging for the process. Call {@link #configure} once, early; call {@link #flush} last. */
public final class Logging {

    private Logging() {}

    /**
     * Sends every log record of the process to standard output.
     *
     * @param level the lowest level that is written, of this project's loggers; libraries log from WARN
     */
    public static void configure(LogFormat format, org.slf4j.event.Level level) {
        configure(format, level, new FileOutputStream(FileDescriptor.out));
    }

    /**
     * Writes from this level on also what the loggers of a package write, and of those below it.
     *
     * @param level the lowest that is written
     */
    public static void level(String packageName, org.slf4j.event.Level level) {
        ((LoggerContext) LoggerFactory.getILoggerFactory())
                .getLogger(packageName)
                .setLevel(Level.convertAnSLF4JLevel(level));
    }

    /** Sends them to standard error, as for a command whose result is standard output. */
    public static void configureForCommand(LogFormat format, org.slf4j.event.Level level) {
        configure(format, level, new FileOutputStream(FileDescriptor.err));
    }

    static void configure(LogFormat format, org.slf4j.event.Level level, OutputStream output) {
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> LoggerFactory.getLogger(Logging.class)
                .error("the thread {} has ended unexpectedly", thread.getName(), thrown));
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        SLF4JBridgeHandler.removeHandlersForRootLogger(); // of java.util.logging
        SLF4JBridgeHandler.install();

        var appender = new BoundedAsyncAppender(format, output);
        appender.setContext(context);
        appender.start();

        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(appender);
        context.getLogger("io.eventhandler").setLevel(Level.convertAnSLF4JLevel(level));
        // Hikari reports an unreachable database at WARN with a stack trace each time; the service says it once.
        context.getLogger("com.zaxxer.hikari").setLevel(Level.ERROR);
        // Jetty repeats each Host header whose port is none, which is its client's fault and refused.
        context.getLogger("org.eclipse.jetty.util.HostPort").setLevel(Level.ERROR);
        // jOOQ warns of each PostgreSQL that is not the newest; which ones are supported is said in README.md.
        context.getLogger("org.jooq.impl.DefaultExecuteContext.logVersionSupport")
                .setLevel(Level.ERROR);
    }

    /** Writes what is queued, for at most two seconds, and stops logging. */
    public static void flush() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }
}
