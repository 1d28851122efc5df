"""`framework = arduino`: a stand-in of ours for Arduino's core, frameworks/arduino; its code is the project's too."""

Import("env")

folder = env.Dir(env.PioPlatform().get_dir()).Dir("frameworks/arduino")
env.Append(CPPPATH=[folder])
# Objects and not an archive, as of the platform's own core: the linker would miss what is named in setup() alone.
env.BuildSources("$BUILD_DIR/arduino", folder.get_abspath())
