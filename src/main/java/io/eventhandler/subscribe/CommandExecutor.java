package io.eventhandler.subscribe;

import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.read.BeyondHeadException;
import io.eventhandler.eventlog.read.EventsRemovedException;
import io.eventhandler.eventlog.read.HistoryException;
import io.eventhandler.eventlog.read.ReplayReader;
import io.eventhandler.fanout.Hub;
import io.eventhandler.fanout.MessageFormat;
import io.eventhandler.fanout.OutboundMessage;
import io.eventhandler.feed.Feed;
import io.eventhandler.json.Excerpt;
import io.eventhandler.json.JsonWriter;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Failures;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Envelope;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Does what one client on {@code /ws} asks for, one command after the other. */
final class CommandExecutor {

    private static final Failures FAILURES = new Failures(LoggerFactory.getLogger(CommandExecutor.class));

    private static final int RETRY_AFTER_SECONDS = 1;

    private final OutboundQueue out;
    private final MessageFormats formats;
    private final Feed feed;
    private final Hub hub;
    private final ReplayReader reader;
    private final ConnectionActivity activity;
    private final OpenConnections connections;
    private final ConnectionIdentity identity;
    private volatile boolean wantsCheckpoints;

    CommandExecutor(
            OutboundQueue out,
            MessageFormats formats,
            Feed feed,
            Hub hub,
            ReplayReader reader,
            ConnectionActivity activity,
            OpenConnections connections,
            ConnectionIdentity identity) {
        this.out = out;
        this.formats = formats;
        this.feed = feed;
        this.hub = hub;
        this.reader = reader;
        this.activity = activity;
        this.connections = connections;
        this.identity = identity;
    }

    /** Whether the client has subscribed with metadata, and so knows positions. */
    boolean wantsCheckpoints() {
        return wantsCheckpoints;
    }

    /**
     * Executes a command. Does not block: what needs the database is done by another thread.
     *
     * @param done called when it is done, whatever came of it, by whatever thread
     */
    void execute(Command command, Runnable done) {
        boolean needsDatabase = command instanceof Command.Authenticate
                || (command instanceof Command.Subscribe subscribe
                        && (subscribe.last() != null
                                || (subscribe.after() != null && !reader.isRecent(subscribe.after(), hub.position()))));
        if (needsDatabase) {
            BackgroundThread.once("command", () -> executeNow(command, done));
        } else {
            executeNow(command, done);
        }
    }

    private void executeNow(Command command, Runnable done) {
        try {
            execute(command);
        } catch (RuntimeException | Error e) {
            FAILURES.say(e, "a command could not be executed");
            reply(Envelope.error("internal error, see the service's log"));
        } finally {
            done.run();
        }
    }

    private void execute(Command command) {
        switch (command) {
            case Command.Subscribe subscribe -> subscribe(subscribe);
            case Command.Unsubscribe unsubscribe -> unsubscribe(unsubscribe.target());
            case Command.Authenticate authenticate -> authenticate(authenticate);
            case Command.Ping ping -> reply(Envelope.ok("pong", "null"));
            case Command.Invalid invalid -> refuse(invalid.reason(), invalid.requestId());
        }
    }

    private void subscribe(Command.Subscribe command) {
        Command.Target target = command.target();
        List<NamePattern> patterns = target.patterns();
        int maxSubscriptions = connections.limits().maxSubscriptions();
        if (feed.sizeWith(patterns) > maxSubscriptions) {
            refuse("a connection has at most %d subscriptions".formatted(maxSubscriptions), target.requestId());
            return;
        }
        String forbidden = identity.refusal(patterns);
        if (forbidden != null) {
            refuse(forbidden, target.requestId());
            return;
        }
        String otherEpoch = connections.fault(command.epoch(), command.after());
        if (otherEpoch != null) {
            refusePosition(otherEpoch, target.requestId(), null);
            return;
        }
        Long after;
        try {
            after = startOf(command);
        } catch (EventsRemovedException e) {
            refusePosition(String.valueOf(e.getMessage()), target.requestId(), e.earliest());
            return;
        } catch (BeyondHeadException e) {
            refusePosition(String.valueOf(e.getMessage()), target.requestId(), null);
            return;
        } catch (HistoryException e) {
            refuse(
                    "the database does not answer, try again",
                    target.requestId(),
                    data -> data.raw(",\"retry_after\":").number(RETRY_AFTER_SECONDS));
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        wantsCheckpoints |= command.metadata();
        MessageFormat format = command.metadata() ? formats.full() : formats.plain();
        LongConsumer accepted = head -> acknowledge("subscribed", target, head);
        if (after == null) {
            feed.subscribe(patterns, format, accepted);
        } else {
            feed.subscribeAfter(patterns, format, after, accepted);
        }
        out.flush();
        activity.subscribed(patterns);
    }

    /** The id after which to replay, null for from now on. */
    private @Nullable Long startOf(Command.Subscribe command)
            throws EventsRemovedException, BeyondHeadException, InterruptedException {
        Integer last = command.last();
        if (last != null) {
            return reader.beforeLast(command.target().patterns(), last);
        }
        Long after = command.after();
        if (after != null && !reader.isRecent(after, hub.position())) {
            reader.check(after);
        }
        return after;
    }

    /** The commands of a connection come one after the other: it does not subscribe to anything meanwhile. */
    private void authenticate(Command.Authenticate command) {
        try {
            String refusal = identity.isAnybody()
                    ? null
                    : identity.replace(connections.verify(identity.credential(command.token())), feed.subscribed());
            if (refusal != null) {
                refuse(refusal, command.requestId());
                return;
            }
        } catch (ApiException e) {
            activity.credentialRefused(e.getMessage());
            answerRefusal(e.getMessage(), command.requestId(), data -> {});
            return;
        }
        activity.authenticated(identity.principal());
        Instant end = identity.principal().expiresAt();
        var data = new JsonWriter().raw("{");
        if (command.requestId() != null) {
            data.raw("\"request_id\":").string(command.requestId()).raw(",");
        }
        data.raw("\"expires_at\":");
        reply(Envelope.ok(
                "authenticated",
                (end == null ? data.raw("null") : data.string(end.toString()))
                        .raw("}")
                        .toString()));
    }

    private void unsubscribe(Command.Target target) {
        for (NamePattern pattern : target.patterns()) {
            if (!feed.unsubscribe(pattern)) {
                refuse("'%s' is not subscribed".formatted(Excerpt.of(pattern.text())), target.requestId());
                return;
            }
            activity.unsubscribed(pattern);
        }
        acknowledge("unsubscribed", target, hub.position());
        out.flush();
    }

    private void acknowledge(String message, Command.Target target, long head) {
        String requestId = target.requestId();
        if (requestId == null) {
            return;
        }
        JsonWriter data = new JsonWriter().raw("{\"request_id\":").string(requestId);
        if (target.several()) {
            data.raw(",\"event_names\":[");
            String separator = "";
            for (NamePattern pattern : target.patterns()) {
                data.raw(separator).string(pattern.text());
                separator = ",";
            }
            data.raw("]");
        } else {
            data.raw(",\"event_name\":").string(target.patterns().getFirst().text());
        }
        data.raw(",\"head\":")
                .number(head)
                .raw(",\"epoch\":")
                .string(connections.epoch())
                .raw("}");
        out.offer(OutboundMessage.reply(Envelope.ok(message, data.toString())));
    }

    private void refuse(String reason, @Nullable String requestId) {
        refuse(reason, requestId, data -> {});
    }

    /**
     * Says where the log is, so that the client can decide where to go on.
     *
     * @param earliest the smallest id that is kept, null where that is not the reason
     */
    private void refusePosition(String reason, @Nullable String requestId, @Nullable Long earliest) {
        refuse(reason, requestId, data -> {
            data.raw(",\"head\":").number(hub.position());
            data.raw(",\"epoch\":").string(connections.epoch());
            if (earliest != null) {
                data.raw(",\"earliest\":").number(earliest);
            }
        });
    }

    /**
     * @param more writes further members, if there is something to relate them to
     */
    private void refuse(String reason, @Nullable String requestId, Consumer<JsonWriter> more) {
        activity.refused(reason);
        answerRefusal(reason, requestId, more);
    }

    private void answerRefusal(String reason, @Nullable String requestId, Consumer<JsonWriter> more) {
        if (requestId == null) {
            reply(Envelope.error(reason));
            return;
        }
        var data = new JsonWriter().raw("{\"request_id\":").string(requestId);
        more.accept(data);
        reply(Envelope.error(reason, data.raw("}").toString()));
    }

    private void reply(byte[] message) {
        out.offer(OutboundMessage.reply(message));
        out.flush();
    }
}
