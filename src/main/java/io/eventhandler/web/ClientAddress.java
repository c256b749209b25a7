package io.eventhandler.web;

import io.javalin.http.Context;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;

/**
 * Where a request comes from: the other end of its connection, or whom a trusted proxy names. Immutable.
 *
 * @param remote the address and port, for logs
 * @param network what limits count by: an IPv4 address, or the 64 bits of an IPv6 address that one site has
 */
public record ClientAddress(String remote, String network) {

    private static final String ATTRIBUTE = ClientAddress.class.getName();
    private static final int NETWORK_BYTES = 8;

    /** Of this request, worked out once per connection, or per request of a proxy. */
    public static ClientAddress of(Request request) {
        if (request.getAttribute(ATTRIBUTE) instanceof ClientAddress named) {
            return named;
        }
        var connection = request.getConnectionMetaData();
        if (connection.getAttribute(ATTRIBUTE) instanceof ClientAddress known) {
            return known;
        }
        ClientAddress address = of(connection.getRemoteSocketAddress());
        connection.setAttribute(ATTRIBUTE, address);
        return address;
    }

    /** Of this request. */
    public static ClientAddress of(Context context) {
        return of(ServletContextRequest.getServletContextRequest(context.req()));
    }

    private static ClientAddress of(SocketAddress socket) {
        return socket instanceof InetSocketAddress inet && inet.getAddress() != null
                ? of(inet.getAddress(), inet.getPort())
                : new ClientAddress(String.valueOf(socket), String.valueOf(socket));
    }

    static ClientAddress of(InetAddress address, int port) {
        String text = address.getHostAddress();
        return new ClientAddress(text + ":" + port, address instanceof Inet6Address ? network(address) : text);
    }

    private static String network(InetAddress address) {
        try {
            byte[] first = Arrays.copyOf(Arrays.copyOf(address.getAddress(), NETWORK_BYTES), 2 * NETWORK_BYTES);
            return InetAddress.getByAddress(first).getHostAddress() + "/64";
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an IPv6 address has 16 bytes", e);
        }
    }

    /** A trusted proxy has said that this request comes from here. */
    static void put(Request request, ClientAddress address) {
        request.setAttribute(ATTRIBUTE, address);
    }
}
