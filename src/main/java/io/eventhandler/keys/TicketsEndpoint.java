package io.eventhandler.keys;

import io.eventhandler.access.Principal;
import io.eventhandler.access.Tickets;
import io.eventhandler.activity.ActivityLog;
import io.eventhandler.json.JsonWriter;
import io.eventhandler.web.Caller;
import io.eventhandler.web.ClientAddress;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.Envelope;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.Routes;
import io.javalin.http.Context;

/** Answers {@code POST /tickets}: whoever has a credential gets a ticket that stands for it once. */
public final class TicketsEndpoint implements Endpoint {

    private final Tickets tickets;
    private final ActivityLog activity;

    public TicketsEndpoint(Tickets tickets, ActivityLog activity) {
        this.tickets = tickets;
        this.activity = activity;
    }

    @Override
    public void addTo(Routes routes) {
        routes.post("/tickets", this::create);
    }

    private void create(Context context) {
        Principal principal = Caller.of(context, Principal.class);
        String ticket = tickets.create(principal);
        activity.ticketCreated(ClientAddress.of(context).remote(), principal);
        String data = new JsonWriter()
                .raw("{\"ticket\":")
                .string(ticket)
                .raw(",\"expires_in\":")
                .raw(String.valueOf(Tickets.LIFE.toSeconds()))
                .raw("}")
                .toString();
        context.header("Cache-Control", "no-store")
                .contentType(HttpAnswer.JSON)
                .result(Envelope.ok("ticket created: it opens one connection", data));
    }
}
