package com.example.orders;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.eventhandler.client.SpoolFullException;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.service.BaseMicroservice;
import io.eventhandler.service.SettingsReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;

/** Takes orders by {@code POST /orders}, whose body names the item, and emits each as {@code order.placed}. */
public final class Orders extends BaseMicroservice {

    private int port;

    private Orders() {
        super("orders");
    }

    public static void main(String[] arguments) {
        new Orders().runAndExit();
    }

    @Override
    protected void configure(SettingsReader settings) {
        port = settings.integer("PORT", 8081, 0, 65_535, "where orders are taken, 0 for any");
    }

    @Override
    protected void onStart() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/orders", this::place);
        start((Part) () -> server.stop(1));
        server.start();
        log.info("orders are taken on port {}", server.getAddress().getPort());
    }

    private void place(HttpExchange exchange) throws IOException {
        try (exchange) {
            String item = new String(exchange.getRequestBody().readNBytes(1_000), StandardCharsets.UTF_8);
            String order = UUID.randomUUID().toString();
            int status = 202;
            try {
                emit("order.placed", Map.of("order", order, "item", item, "price", item.length()));
            } catch (SpoolFullException e) { // the customer may try again
                log.warn("an order is turned away: {}", e.getMessage());
                status = 503;
            }
            byte[] answer = order.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, status == 202 ? answer.length : -1);
            exchange.getResponseBody().write(status == 202 ? answer : new byte[0]);
        }
    }
}
