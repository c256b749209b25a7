package io.eventhandler.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.postgres.DatabaseUrl.Host;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGProperty;

class DatabaseUrlTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://me:p%40ss%3Aw%2Frd@db.example:6432/shop",
                "postgres://me:p%40ss%3Aw%2Frd@db.example:6432/shop",
                "postgresql+asyncpg://me:p%40ss%3Aw%2Frd@db.example:6432/shop",
                "postgresql+psycopg2://me:p%40ss%3Aw%2Frd@db.example:6432/shop",
                "jdbc:postgresql://me:p%40ss%3Aw%2Frd@db.example:6432/shop",
                "jdbc:postgresql://db.example:6432/shop?user=me&password=p%40ss%3Aw%2Frd",
                "  postgresql://me:p@ss%3Aw%2Frd@db.example:6432/shop  "
            })
    void readsEveryFormThatPeoplePaste(String text) {
        DatabaseUrl url = UrlParser.parse(text);
        assertThat(url)
                .isEqualTo(new DatabaseUrl(List.of(new Host("db.example", 6432)), "shop", "me", "p@ss:w/rd", Map.of()));
        assertThat(url.toString()).isEqualTo("postgresql://me@db.example:6432/shop");
        assertThat(url.jdbcUrl()).isEqualTo("jdbc:postgresql://db.example:6432/shop");
        assertThat(url.listenUrl(url.hosts().getFirst())).isEqualTo("jdbc:pgsql://db.example:6432/shop");
        assertThat(url.jdbcProperties()).containsEntry("user", "me").containsEntry("password", "p@ss:w/rd");
        assertThat(url.listenProperties()).containsEntry("user", "me").containsEntry("password", "p@ss:w/rd");
    }

    @Test
    void fillsInWhatLibpqWould() {
        DatabaseUrl url = UrlParser.parse("postgresql://");
        String user = System.getProperty("user.name");
        assertThat(url).isEqualTo(new DatabaseUrl(List.of(new Host("localhost", 5432)), user, user, null, Map.of()));
        assertThat(UrlParser.parse("postgresql://me@/").database()).isEqualTo("me");
    }

    @Test
    void takesSeveralHostsAndIpv6() {
        DatabaseUrl url = UrlParser.parse("postgresql://me@a,b:5433,[::1]:5434,[fe80::2]/d");
        assertThat(url.hosts())
                .containsExactly(
                        new Host("a", 5432), new Host("b", 5433), new Host("[::1]", 5434), new Host("[fe80::2]", 5432));
        assertThat(url.jdbcUrl()).isEqualTo("jdbc:postgresql://a:5432,b:5433,[::1]:5434,[fe80::2]:5432/d");
        assertThat(url.jdbcProperties()).containsEntry("targetServerType", "primary");
        assertThat(url.listenUrl(url.hosts().get(2))).isEqualTo("jdbc:pgsql://[::1]:5434/d");
    }

    @ParameterizedTest
    @CsvSource({
        "sslmode=require, require",
        "ssl=true, require",
        "ssl=require, require",
        "ssl=false, disable",
        "sslmode=verify-full, verify-full"
    })
    void tlsReachesBothDrivers(String parameter, String mode) {
        DatabaseUrl url =
                UrlParser.parse("postgresql://h/d?" + parameter + "&sslrootcert=/ca.pem&sslcert=/c.crt&sslkey=/k.pk8");
        assertThat(url.jdbcProperties())
                .containsEntry("sslmode", mode)
                .containsEntry("sslrootcert", "/ca.pem")
                .containsEntry("sslcert", "/c.crt")
                .containsEntry("sslkey", "/k.pk8");
        assertThat(url.listenProperties())
                .containsEntry("ssl.mode", mode)
                .containsEntry("ssl.ca.certificate.file", "/ca.pem")
                .containsEntry("ssl.certificate.file", "/c.crt")
                .containsEntry("ssl.key.file", "/k.pk8");
    }

    @Test
    void tlsIsPreferredByDefault() {
        assertThat(UrlParser.parse("postgresql://h/d").listenProperties()).containsEntry("ssl.mode", "prefer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "\\\\", "\\ ", "-c", "--", "-c ", "--a", "--a=b ", "é"})
    void longOptionsAreReadInOnePass(String piece) {
        String options = "-c work_mem=" + piece.repeat((1 << 20) / piece.length());
        var url = new DatabaseUrl(List.of(new Host("h", 1)), "d", "u", null, Map.of("options", options));
        assertThat(url.sessionSettings().get("work_mem")).isNotNull();
        assertThat(UrlParser.parse("postgresql://h/d?options=" + "%20".repeat(1 << 20) + "-c%20a=b")
                        .sessionSettings())
                .containsEntry("a", "b");
    }

    @Test
    void optionsReachBothDrivers() {
        DatabaseUrl url = UrlParser.parse(
                "postgresql://h/d?options=-c%20search_path%3Da%5C%20b%20--work_mem%3D8MB&connect_timeout=7&channel_binding=require");
        assertThat(url.jdbcProperties())
                .containsEntry("options", "-c search_path=a\\ b --work_mem=8MB")
                .containsEntry("connectTimeout", "7")
                .containsEntry("channelBinding", "require");
        assertThat(url.sessionSettings())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("search_path", "a b", "work_mem", "8MB", "idle_session_timeout", "0"));
        assertThat(UrlParser.parse("jdbc:postgresql://h/d?currentSchema=x").sessionSettings())
                .containsEntry("search_path", "x");
    }

    @ParameterizedTest
    @CsvSource({
        "target_session_attrs=any, targetServerType, any",
        "target_session_attrs=read-write, targetServerType, primary",
        "target_session_attrs=primary, targetServerType, primary",
        "target_session_attrs=read-only, targetServerType, secondary",
        "target_session_attrs=standby, targetServerType, secondary",
        "target_session_attrs=prefer-standby, targetServerType, preferSecondary",
        "load_balance_hosts=random, loadBalanceHosts, true",
        "load_balance_hosts=disable, loadBalanceHosts, false",
        "connect_timeout=-1, connectTimeout, 0",
        "keepalives=0, tcpKeepAlive, false",
        "keepalives=1, tcpKeepAlive, true",
        "gssencmode=disable, gssEncMode, disable",
        "krbsrvname=pg, kerberosServerName, pg",
        "gsslib=gssapi, gsslib, gssapi",
        "requiressl=1, sslmode, require",
        "sslnegotiation=direct, sslNegotiation, direct",
        "require_auth=scram-sha-256, requireAuth, scram-sha-256",
        "channel_binding=require, channelBinding, require",
        "schema=x, currentSchema, x",
        "search_path=x, currentSchema, x",
        "schema_search_path=x, currentSchema, x",
        "pgbouncer=true, prepareThreshold, 0",
        "prepared_statements=false, prepareThreshold, 0",
        "statement_cache_size=0, prepareThreshold, 0",
        "prepared_statement_cache_size=0, prepareThreshold, 0",
        "default_query_exec_mode=simple_protocol, prepareThreshold, 0",
        "prepareThreshold=3, prepareThreshold, 3",
        "logServerErrorDetail=false, logServerErrorDetail, false"
    })
    void translatesEachParameter(String parameter, String property, String value) {
        for (String hosts : List.of("h", "a,b")) {
            Properties properties =
                    UrlParser.parse("postgresql://" + hosts + "/d?" + parameter).jdbcProperties();
            assertThat(properties).containsEntry(property, value);
            assertThat(PGProperty.forName(property)).isNotNull();
        }
    }

    @Test
    void takesHostsPortsAndDatabaseFromParametersToo() {
        DatabaseUrl url = UrlParser.parse("postgresql:///?host=a,b&port=1,2&dbname=d&user=me");
        assertThat(url.hosts()).containsExactly(new Host("a", 1), new Host("b", 2));
        assertThat(url.database()).isEqualTo("d");
        assertThat(UrlParser.parse("postgresql:///d?host=a,b&port=7").hosts())
                .containsExactly(new Host("a", 7), new Host("b", 7));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application_name=x",
                "fallback_application_name=x",
                "client_encoding=utf8",
                "keepalives_idle=1",
                "tcp_user_timeout=1",
                "sslcompression=1",
                "pgbouncer=false",
                "pool_timeout=10",
                "connection_limit=5",
                "pool_size=5",
                "CONN_MAX_AGE=60",
                "supa=base-pooler.x",
                "pool_max_conns=4",
                "statement_timeout=0"
            })
    void saysWhatItIgnores(String parameter) {
        DatabaseUrl url = UrlParser.parse("postgresql://h/d?" + parameter);
        assertThat(url.parameters()).isEmpty();
        assertThat(url.remarks())
                .singleElement()
                .asString()
                .startsWith("'" + parameter.substring(0, parameter.indexOf('=')) + "' is ignored: ");
    }

    @Test
    void saysWhatItCanNotHonourForListen() {
        assertThat(UrlParser.parse("postgresql://h/d?sslmode=require&channel_binding=require&require_auth=md5")
                        .remarks())
                .containsExactly(
                        "'channel_binding' is not for LISTEN, whose connection logs in without it",
                        "'require_auth' is not for LISTEN, whose connection logs in as the server asks");
    }

    @Test
    void showsNoPartOfAPasswordWhateverItHolds() {
        var random = new Random(7);
        String letters = "ZJ/?#@:%&=+ ";
        for (int i = 0; i < 20_000; i++) {
            var password = new StringBuilder("ZXJKZXJK"); // in no message
            for (int n = 0; n < 6; n++) {
                password.insert(
                        random.nextInt(password.length() + 1), letters.charAt(random.nextInt(letters.length())));
            }
            String url = "postgresql://me:%s@host:5432/d?sslmode=require".formatted(password);
            try {
                assertThat(UrlParser.parse(url).toString())
                        .endsWith("@host:5432/d")
                        .startsWith("postgresql://me@");
            } catch (IllegalArgumentException e) {
                assertThat(e).message().as(url).doesNotContainPattern("[ZXJK]");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            mysql://u:secret@h/d                | 'mysql://…' is not a PostgreSQL URL; accepted is postgresql://
            h/d                                 | '…' is not a PostgreSQL URL; accepted is postgresql://
            postgresql://u:secret@h:0/d         | what follows the host's ':' is not a port from 1 to 65535
            postgresql://u:secret@h:x/d         | what follows the host's ':' is not a port from 1 to 65535
            postgresql://u:secret/d             | what follows the host's ':' is not a port from 1 to 65535
            postgresql://u:sec/ret@h/d          | an '@' follows a '/': write / as %2F
            postgresql://u:12/secret@h/d        | an '@' follows a '/': write / as %2F
            postgresql://u:secret?x@h/d         | an '@' follows a '/' or '?': write / as %2F
            postgresql://u:12?secret@h/d        | an '@' follows a '/' or '?': write / as %2F
            postgresql://u:12?secret=x@h/d      | an '@' follows a '/' or '?': write / as %2F
            postgresql://u:p@ss?secret@h/d      | an '@' follows a '/' or '?': write / as %2F
            postgresql://u:p@ss/secret@h/d      | an '@' follows a '/': write / as %2F
            postgresql://u:secret%zz@h/d        | broken percent-encoding; write / as %2F
            postgresql://u:secret@h/d?sslmode=on | sslmode 'on' is not one of disable, allow, prefer, require, verify-ca, verify-full
            postgresql://u:secret@h/d?sslrootcert=system | sslrootcert must be the path of a PEM file
            postgresql://u:secret@%2Frun%2Fpg/d | Unix-domain sockets are not supported
            postgresql:///d?host=/run/pg        | Unix-domain sockets are not supported
            me:secret://h/d | '…' is not a PostgreSQL URL; accepted is
            host=h user=me password=secret options=x:// | '…' is not a PostgreSQL URL; accepted is
            postgresql:///d?host=a,b&port=1,2,3 | the parameter 'port' needs one port, or as many as there are hosts
            postgresql://u:secret@h/d?hostaddr=127.0.0.1 | the parameter 'hostaddr' is not supported; accepted is
            postgresql://u:secret@h/d?service=x | the parameter 'service' is not supported; accepted is
            postgresql://u:secret@h/d?passfile=/x | the parameter 'passfile' is not supported; accepted is
            postgresql://u:secret@h/d?sslcrl=/x | the parameter 'sslcrl' is not supported; accepted is
            postgresql://u:secret@h/d?ssl_mode=verify-full | the parameter 'ssl_mode' is not known; did you mean 'sslmode'?
            postgresql://u:secret@h/d?ssl-mode=require | the parameter 'ssl-mode' is not known; did you mean 'sslmode'?
            postgresql://u:secret@h/d?sslMode=require | the parameter 'sslMode' is not known; did you mean 'sslmode'?
            postgresql://u:secret@h/d?sslrootcrt=/x | the parameter 'sslrootcrt' is not known; did you mean 'sslrootcert'?
            postgresql://u:secret@h/d?target_session_attr=any | the parameter 'target_session_attr' is not known; did you mean 'target_session_attrs'?
            postgresql://u:secret@h/d?conect_timeout=1 | the parameter 'conect_timeout' is not known; did you mean 'connect_timeout'?
            postgresql://u:secret@h/d?work_mem=8MB | the parameter 'work_mem' is not known; a run-time parameter goes into options=-c%20name=value
            postgresql://h/d?user=me@server&password=secret&sslmod=x | the parameter 'sslmod' is not known; did you mean 'sslmode'?
            postgresql://u:secret@h/d?target_session_attrs=master | target_session_attrs 'master' is not one of any, prefer-standby, primary, read-only, read-write, standby
            postgresql://u:secret@h/d?gssencmode=on | gssencmode 'on' is not one of disable, allow, prefer, require
            postgresql://u:secret@h/d?sslnegotiation=x | sslnegotiation 'x' is not one of postgres, direct
            postgresql://u:secret@h/d?channel_binding=x | channel_binding 'x' is not one of disable, prefer, require
            postgresql://u:secret@h/d?load_balance_hosts=x | load_balance_hosts 'x' is not one of disable, random
            postgresql://u:secret@h/d?keepalives=2 | keepalives '2' is not one of 0, 1
            postgresql://u:secret@h/d?sslcertmode=require | sslcertmode 'require' is not one of allow
            postgresql://u:secret@h/d?connect_timeout=soon | connect_timeout is not a number of seconds
            postgresql://u:secret@h/d?replication=database | replication must be false
            postgresql://u:secret@h/d?ssl_min_protocol_version=TLSv1.3 | ssl_min_protocol_version must be TLSv1.2
            postgresql://u:secret@h/d?ssl_max_protocol_version=TLSv1.2 | ssl_max_protocol_version must be TLSv1.3
            postgresql://u:secret@h/d?sslaccept=strict | the parameter 'sslaccept' is not known; write sslmode=verify-full
            """)
    void saysWhatIsWrongAndNoPassword(String url, String message) {
        assertThatThrownBy(() -> UrlParser.parse(url))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .startsWith(message)
                .doesNotContain("secret");
    }
}
