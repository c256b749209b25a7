package io.eventhandler.postgres;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/** The names of parameters that connection URLs have in the wild. */
final class ParameterNames {

    /** What Prisma, sqlx, node-postgres, Supabase, Vercel, SQLAlchemy, asyncpg, psycopg, Django, Rails, pgx, lib/pq put into URLs, for their own use. */
    private static final List<String> FOREIGN = words("""
            connection_limit pool_timeout socket_timeout max min idle_timeout max_lifetime acquire_timeout
            query_timeout uselibpqcompat workaround supa
            pool_size max_overflow pool_recycle pool_pre_ping command_timeout prepare_threshold
            async_fallback conn_max_age conn_health_checks disable_server_side_cursors
            pool timeout checkout_timeout reaping_frequency min_messages variables advisory_locks
            pool_max_conns pool_min_conns pool_max_conn_lifetime pool_max_conn_lifetime_jitter
            pool_max_conn_idle_time pool_health_check_period binary_parameters
            disable_prepared_binary_result""");

    private static final List<String> LIBPQ = words("""
            application_name channel_binding client_encoding connect_timeout dbname
            fallback_application_name gssdelegation gssencmode gsslib host hostaddr keepalives
            keepalives_count keepalives_idle keepalives_interval krbsrvname load_balance_hosts options
            passfile password port replication require_auth requirepeer requiressl service
            ssl_max_protocol_version ssl_min_protocol_version sslcert sslcertmode sslcompression sslcrl
            sslcrldir sslkey sslmode sslnegotiation sslpassword sslrootcert sslsni target_session_attrs
            tcp_user_timeout user""");

    private ParameterNames() {}

    private static List<String> words(String text) {
        return List.of(text.strip().split("\\s+", -1));
    }

    /** Whether another driver, a pool or a framework takes it for its own use. */
    static boolean isForeign(String name) {
        return FOREIGN.contains(name.toLowerCase(Locale.ROOT));
    }

    /** The known parameter that differs from this by two letters at most, or by its separators; null for none. */
    static @Nullable String nearest(String name) {
        String plain = plain(name);
        Stream<String> pgjdbc = Stream.of(PGProperty.values()).map(PGProperty::getName);
        return Stream.concat(LIBPQ.stream(), pgjdbc)
                .filter(known -> distance(plain, plain(known)) <= 2)
                .min(Comparator.comparingInt(known -> distance(plain, plain(known))))
                .orElse(null);
    }

    private static String plain(String name) {
        String shortened = name.length() > 60 ? name.substring(0, 60) : name;
        return shortened.replaceAll("[-_. ]", "").toLowerCase(Locale.ROOT);
    }

    /** Levenshtein's. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
