package io.eventhandler.web;

import io.eventhandler.json.Excerpt;
import io.eventhandler.service.SettingsReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Proxies that are believed when they say who their client is, in {@code Forwarded} (RFC 7239) or {@code X-Forwarded-For}: the
 * last one of those that are named that is no such proxy itself. What others say counts for nothing. Immutable.
 *
 * @param networks theirs
 */
record TrustedProxies(List<Network> networks) implements HttpConfiguration.Customizer {

    static final TrustedProxies NONE = new TrustedProxies(List.of());

    private static final String FORWARDED = "Forwarded";
    private static final String X_FORWARDED_FOR = "X-Forwarded-For";
    private static final int MAX_NODE = 100; // characters
    private static final int MAX_PORT = 65_535;

    TrustedProxies {
        networks = List.copyOf(networks);
    }

    /**
     * Addresses that begin with the same bits.
     *
     * @param bits how many
     */
    record Network(InetAddress address, int bits) {

        static Network of(String text) {
            int slash = text.indexOf('/');
            try {
                InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
                int all = address.getAddress().length * Byte.SIZE;
                int bits = slash < 0 ? all : Integer.parseInt(text.substring(slash + 1));
                if (bits >= 0 && bits <= all) {
                    return new Network(address, bits);
                }
            } catch (IllegalArgumentException e) {
                // Falls through: the message is the same.
            }
            throw new IllegalArgumentException(
                    "'%s' is no address or network such as 10.0.0.0/8 or fd00::/8".formatted(Excerpt.of(text)));
        }

        boolean contains(InetAddress other) {
            byte[] own = address.getAddress();
            byte[] others = other.getAddress();
            if (own.length != others.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> bit % Byte.SIZE;
                if (((own[bit / Byte.SIZE] ^ others[bit / Byte.SIZE]) & mask) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Reads {@code TRUSTED_PROXIES}. */
    static TrustedProxies read(SettingsReader in) {
        TrustedProxies proxies = in.optional(
                "TRUSTED_PROXIES",
                "none",
                "addresses and networks of proxies whose Forwarded or X-Forwarded-For names the client in limits and logs, separated by commas",
                TrustedProxies::parse);
        return proxies == null ? NONE : proxies;
    }

    private static TrustedProxies parse(String value) {
        List<Network> networks = new ArrayList<>();
        for (String text : value.split(",", -1)) {
            networks.add(Network.of(text.strip()));
        }
        return new TrustedProxies(networks);
    }

    private boolean contains(InetAddress address) {
        for (Network network : networks) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        if (request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress peer
                && peer.getAddress() != null
                && contains(peer.getAddress())) {
            InetSocketAddress client = named(request.getHeaders());
            if (client != null) {
                ClientAddress.put(request, ClientAddress.of(client.getAddress(), client.getPort()));
            }
        }
        return request;
    }

    private @Nullable InetSocketAddress named(HttpFields headers) {
        try {
            return client(headers);
        } catch (RuntimeException e) {
            return null; // Jetty does so for quotes without an end: it is the proxy's own request, as far as is known
        }
    }

    /** The last that is named and no proxy, or the first when all are; null when none can be told. */
    private @Nullable InetSocketAddress client(HttpFields headers) {
        List<String> nodes = headers.contains(FORWARDED)
                ? headers.getCSV(FORWARDED, true).stream()
                        .map(TrustedProxies::forOf)
                        .toList()
                : headers.getCSV(X_FORWARDED_FOR, true);
        InetSocketAddress client = null;
        for (String node : nodes.reversed()) {
            InetSocketAddress named = parseNode(node.strip());
            if (named == null) {
                break; // hidden or malformed: who said it is the last that is known
            }
            client = named;
            if (!contains(named.getAddress())) {
                break;
            }
        }
        return client;
    }

    /** The node in {@code for=} of an element of {@code Forwarded}; empty for none. */
    private static String forOf(String element) {
        for (String pair : element.split(";", -1)) {
            String stripped = pair.strip();
            if (stripped.toLowerCase(Locale.ROOT).startsWith("for=")) {
                String value = stripped.substring("for=".length()).strip();
                boolean isQuoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
                return isQuoted ? value.substring(1, value.length() - 1) : value;
            }
        }
        return "";
    }

    /** An address with or without a port; null for anything else. */
    private static @Nullable InetSocketAddress parseNode(String node) {
        if (node.isEmpty() || node.length() > MAX_NODE) {
            return null;
        }
        int end = node.startsWith("[") ? node.indexOf(']') + 1 : node.indexOf(':');
        boolean isBareIpv6 = !node.startsWith("[") && end >= 0 && end != node.lastIndexOf(':');
        String host = end <= 0 || isBareIpv6 ? node : node.substring(0, end);
        String port = node.substring(host.length());
        try {
            InetAddress address = InetAddress.ofLiteral(
                    host.startsWith("[") ? host.substring(1, Math.max(1, host.length() - 1)) : host);
            int number = port.isEmpty() ? 0 : Integer.parseInt(port.substring(1));
            return number >= 0 && number <= MAX_PORT ? new InetSocketAddress(address, number) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
