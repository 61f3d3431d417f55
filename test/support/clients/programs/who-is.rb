# Asks STS who it is with the Ruby SDK. `twice`: again by the same client, once a line has come on standard input.

require "aws-sdk-core"

if ARGV == ["version"]
  puts Aws::CORE_GEM_VERSION
  exit
end

client = Aws::STS::Client.new(endpoint: ENV.fetch("AWS_ENDPOINT_URL"))
puts client.get_caller_identity.arn
$stdout.flush
if ARGV == ["twice"]
  $stdin.gets
  puts client.get_caller_identity.arn
end
