import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** java.util.regex. */
public final class Match {
    public static void main(String[] arguments) throws Exception {
        var lines = new String(System.in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        for (var pattern : read(lines, "p ")) {
            var compiled = Pattern.compile(pattern);
            System.out.println(read(lines, "t ").stream()
                    .map(text -> compiled.matcher(text).find() ? "1" : "0")
                    .collect(Collectors.joining()));
        }
    }

    private static List<String> read(List<String> lines, String kind) {
        return lines.stream()
                .filter(line -> line.startsWith(kind))
                .map(line -> HexFormat.of().parseHex(line.substring(2)))
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .toList();
    }
}
