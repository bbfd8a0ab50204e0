// Prints the group, and then messages, of a client that was made from a properties file.

import java.io.FileInputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

public class Consume {
    public static void main(String[] words) throws Exception {
        Properties config = new Properties();
        try (FileInputStream file = new FileInputStream(words[0])) {
            config.load(file);
        }
        int left = Integer.parseInt(words[2]);
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        StringDeserializer text = new StringDeserializer();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(config, text, text)) {
            out.println(consumer.groupMetadata().groupId());
            consumer.subscribe(List.of(words[1]));
            while (left > 0) {
                for (var record : consumer.poll(Duration.ofSeconds(30))) {
                    out.printf(
                        "%d\t%d\t%s\t%s%n",
                        record.partition(), record.offset(), record.key(), record.value());
                    left--;
                }
            }
        }
    }
}
