package dev.lanewise.architecture.offending.attic;

/** Lives on no floor. */
public final class OffTheFloors {
  private OffTheFloors() {}
}
