package dev.lanewise.nn.vision;

/** What the normalisations of channels ask for. */
final class ChannelGains {
  private ChannelGains() {}

  static void requireValid(String kind, String name, long channels, float eps) {
    if (channels < 1) {
      throw new IllegalArgumentException(
          kind + " \"" + name + "\" of " + channels + " channels: at least 1 is wanted");
    }
    if (!(eps > 0 && eps < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          kind + " \"" + name + "\" with eps = " + eps + ": want a finite number above 0");
    }
  }
}
