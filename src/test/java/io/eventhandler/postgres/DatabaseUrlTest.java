package io.eventhandler.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.eventhandler.postgres.DatabaseUrl.Host;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
        DatabaseUrl url = DatabaseUrl.parse(text);
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
        DatabaseUrl url = DatabaseUrl.parse("postgresql://");
        String user = System.getProperty("user.name");
        assertThat(url).isEqualTo(new DatabaseUrl(List.of(new Host("localhost", 5432)), user, user, null, Map.of()));
        assertThat(DatabaseUrl.parse("postgresql://me@/").database()).isEqualTo("me");
    }

    @Test
    void takesSeveralHostsAndIpv6() {
        DatabaseUrl url = DatabaseUrl.parse("postgresql://me@a,b:5433,[::1]:5434,[fe80::2]/d");
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
        DatabaseUrl url = DatabaseUrl.parse(
                "postgresql://h/d?" + parameter + "&sslrootcert=/ca.pem&sslcert=/c.crt&sslkey=/k.pk8");
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
        assertThat(DatabaseUrl.parse("postgresql://h/d").listenProperties()).containsEntry("ssl.mode", "prefer");
    }

    @Test
    void optionsReachBothDrivers() {
        DatabaseUrl url = DatabaseUrl.parse(
                "postgresql://h/d?options=-c%20search_path%3Da%5C%20b%20--work_mem%3D8MB&connect_timeout=7&channel_binding=require");
        assertThat(url.jdbcProperties())
                .containsEntry("options", "-c search_path=a\\ b --work_mem=8MB")
                .containsEntry("connectTimeout", "7")
                .containsEntry("channelBinding", "require");
        assertThat(url.sessionSettings())
                .containsExactlyInAnyOrderEntriesOf(Map.of("search_path", "a b", "work_mem", "8MB"));
        assertThat(DatabaseUrl.parse("jdbc:postgresql://h/d?currentSchema=x").sessionSettings())
                .containsEntry("search_path", "x");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            mysql://u:secret@h/d                | 'mysql://…' is not a PostgreSQL URL; accepted is postgresql://
            h/d                                 | '…' is not a PostgreSQL URL; accepted is postgresql://
            postgresql://u:secret@h:0/d         | '0' is not a port from 1 to 65535
            postgresql://u:secret@h:x/d         | 'x' is not a port from 1 to 65535
            postgresql://u:secret%zz@h/d        | broken percent-encoding; write % as %25 and @ as %40
            postgresql://u:secret@h/d?sslmode=on | sslmode 'on' is not one of disable, allow, prefer, require, verify-ca, verify-full
            postgresql://u:secret@h/d?sslrootcert=system | sslrootcert must be the path of a PEM file
            postgresql://u:secret@%2Frun%2Fpg/d | Unix-domain sockets are not supported
            postgresql:///d?host=/run/pg        | the parameter 'host' is not supported
            """)
    void saysWhatIsWrongAndNoPassword(String url, String message) {
        assertThatThrownBy(() -> DatabaseUrl.parse(url))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .startsWith(message)
                .doesNotContain("secret");
    }
}
