#!/bin/sh
# Prints the directory that holds Nextflow's jars; fetches them from Maven Central first when they are not there.
# The directory is readable by everybody: the cluster's users run Nextflow from it.
set -eu
version=24.10.0
cache=/var/cache/latchkey
[ "$(id -u)" = 0 ] || cache=${XDG_CACHE_HOME:-$HOME/.cache}/latchkey
jars=$cache/nextflow-$version
if [ -d "$jars" ]; then echo "$jars"; exit 0; fi

echo "latchkey: fetching Nextflow $version from Maven Central" >&2
umask 022
mkdir -p "$cache"
build=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$build"' EXIT
cat >"$build/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>latchkey</groupId><artifactId>jars</artifactId><version>1</version><dependencies><dependency>
<groupId>io.nextflow</groupId><artifactId>nextflow</artifactId><version>$version</version></dependency></dependencies></project>
POM
fetch() {
  mvn -q -B -f "$build/pom.xml" -Dmaven.repo.local="$build/repository" \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DoutputDirectory="$build/jars" -DincludeScope=runtime >&2 </dev/null
}
fetch || fetch || { echo "latchkey: Maven could not fetch Nextflow; its message is above" >&2; exit 1; }
chmod -R a+rX "$build/jars"
mv -T "$build/jars" "$jars" 2>/dev/null || [ -d "$jars" ]
echo "$jars"
